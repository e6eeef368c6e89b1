// The escape key of the console: Ctrl-A and one more key is for Kiln, everything else for the
// guest.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kiln {

class ConsoleEscape {
  public:
    enum class Action { kSend, kQuit, kHelp, kBreak };
    struct Result {
        Action action;
        std::byte byte;  // What to send; meaningful with kSend.
    };

    // Takes one typed byte. nullopt: nothing to do yet. Ctrl-A x quits, h helps, b sends a break,
    // Ctrl-A sends Ctrl-A; another key after Ctrl-A is dropped with it.
    std::optional<Result> feed(std::byte key);

  private:
    bool escaped_ = false;
};

// What Ctrl-A h prints.
inline constexpr std::string_view kConsoleHelp =
    "\r\n"
    "Ctrl-A x       leave Kiln\r\n"
    "Ctrl-A b       send a break\r\n"
    "Ctrl-A h       this help\r\n"
    "Ctrl-A Ctrl-A  send Ctrl-A\r\n";

}  // namespace kiln
