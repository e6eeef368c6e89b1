#pragma once

#include "platform.h"
#include "trap_frame.h"

// Where a backtrace of the interrupted program starts.
struct Frame frame_of_fault(const struct TrapFrame* trap);
