// The serial line on a pair of host file descriptors, normally stdin and stdout.
//
// Neither descriptor is ever made non-blocking: they are shared with whoever started us. Input is
// read only after poll(2) said that there is some.
#pragma once

#include <array>
#include <csignal>
#include <deque>

#include "devices/char_backend.h"
#include "devices/console_escape.h"
#include "devices/end_signals.h"
#include "devices/terminal_mode.h"

namespace kiln {

class Terminal final : public CharBackend {
  public:
    // Puts `input_fd` into raw mode if it is a terminal, and ignores SIGPIPE while it lives. The
    // descriptors stay the caller's.
    Terminal(int input_fd, int output_fd);
    // Flushes, and restores the terminal's mode.
    ~Terminal() override;

    // Takes all of `bytes`: they are buffered, and a full buffer waits for the host, so that output
    // is never lost and a slow reader never shows in the guest's timing. Output to a closed pipe
    // is dropped.
    size_t write(std::span<const std::byte> bytes) noexcept override;
    size_t read(std::span<std::byte> bytes) noexcept override;
    bool take_break() noexcept override;
    // Flushes the output and takes in what was typed. Escapes are seen even while the guest reads
    // nothing.
    void poll() noexcept override;
    // The input, while it is open and there is room to take from it.
    int poll_fd() const noexcept override;
    // By keys, or by a signal (EndSignals).
    bool quit_requested() const noexcept override { return quit_ || EndSignals::caught() != 0; }

  private:
    static constexpr size_t kOutputSize = 4096;
    // A terminal's input beyond this is dropped; a pipe's is left in the pipe.
    static constexpr size_t kInputLimit = 64 * 1024;

    bool wants_input() const noexcept;
    void flush() noexcept;
    void wait_for_output() noexcept;
    void take_input() noexcept;
    void take_key(std::byte key) noexcept;

    int input_fd_;
    int output_fd_;
    bool is_tty_;
    bool input_ended_ = false;
    bool output_closed_ = false;
    bool quit_ = false;
    bool help_wanted_ = false;
    unsigned breaks_ = 0;
    ConsoleEscape escape_;
    std::deque<std::byte> typed_;
    std::array<std::byte, kOutputSize> output_;
    size_t output_count_ = 0;
    struct sigaction previous_sigpipe_ {};
    TerminalMode mode_;
};

}  // namespace kiln
