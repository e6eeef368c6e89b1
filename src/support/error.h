// The two kinds of error that end a run before the guest starts. Both carry one line for the user;
// main prints it and exits with the code.
#pragma once

#include <stdexcept>
#include <string>

namespace kiln {

// Exit codes of the command line (docs/cli.md).
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInput = 65;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitLimit = 124;

// Wrong usage: an option that is unknown, malformed or contradicts another. Exit code 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// An input that cannot be loaded. Exit code 65. `what()` reads "NAME: reason".
class InputError : public std::runtime_error {
  public:
    InputError(const std::string& name, const std::string& reason)
        : std::runtime_error(name + ": " + reason) {}
};

}  // namespace kiln
