// What tinyllama's parts ask of the runtime, for tests: a command line, RAM, and a profiler that
// counts.
#pragma once

#include <map>
#include <string>

namespace kiln::test {

// The "NAME=VALUE" words of the command line.
extern std::map<std::string, std::string> options;

// By how many jit_profile_begin() is ahead of jit_profile_end().
extern int open_profiles;

}  // namespace kiln::test
