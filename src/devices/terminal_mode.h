// Raw mode of the controlling terminal, left again on every way out of the process.
#pragma once

namespace kiln {

// While one lives, the terminal on `fd` is in raw mode: each key reaches the guest as it is typed,
// Ctrl-C among them. It is restored by the destructor, before a fatal signal ends the process, and
// while the process is stopped. Nothing happens when `fd` is no terminal, or when the process is in
// the background (raw mode then begins with SIGCONT in the foreground).
//
// At most one at a time: signal handlers find it through a global.
class TerminalMode {
  public:
    explicit TerminalMode(int fd);
    ~TerminalMode();
    TerminalMode(const TerminalMode&) = delete;
    TerminalMode& operator=(const TerminalMode&) = delete;

  private:
    bool active_ = false;
};

}  // namespace kiln
