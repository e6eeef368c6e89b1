// Commands that the user gives with gdb's "monitor".
#pragma once

#include <string>
#include <string_view>

#include "debug/stub.h"
#include "machine/machine.h"

namespace kiln::debug {

// What the command prints; sets the action that it asks for.
std::string run_monitor(Machine& machine, std::string_view command, Answer::Action& action);

}  // namespace kiln::debug
