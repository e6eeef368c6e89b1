// Whose turn it is to run, as plain data: with it a machine that stopped between any two
// instructions goes on as if it had not.
#pragma once

#include "support/int.h"

namespace kiln {

// Harts take turns of a fixed count of instructions. Counts are those of CpuState::begun.
struct Turn {
    u32 hart = 0;       // the one that runs, or that is asked first when the next turn begins
    bool open = false;  // a turn has begun and is not over
    u64 end = 0;        // the hart's count at which its turn is over
    u64 look_at = 0;    // the hart's count before which devices have nothing to do
};

}  // namespace kiln
