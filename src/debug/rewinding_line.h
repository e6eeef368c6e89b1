// The console of a machine that goes back in time: what the guest read it reads again when it comes
// by, and what it printed is not printed twice.
//
// In equal runs the calls are equal, so an input's moment is the number of the call that took it.
#pragma once

#include <vector>

#include "debug/socket.h"
#include "devices/char_backend.h"
#include "support/int.h"

namespace kiln::debug {

class RewindingLine final : public CharBackend {
  public:
    // Goes on to `line`, which outlives it.
    explicit RewindingLine(CharBackend& line);

    // How far the guest is.
    struct Position {
        u64 written = 0;  // bytes
        u64 calls = 0;    // that ask for input
    };
    Position position() const { return now_; }
    // The machine was put back to where this was position().
    void go_to(const Position& position);
    // The past counts no more, or nothing after now.
    void forget_past();
    void forget_future();

    size_t write(std::span<const std::byte> bytes) noexcept override;
    size_t read(std::span<std::byte> bytes) noexcept override;
    bool take_break() noexcept override;
    void poll() noexcept override { line_.poll(); }
    int poll_fd() const noexcept override;
    bool quit_requested() const noexcept override { return line_.quit_requested(); }

  private:
    // What a call took; no bytes: a break.
    struct Input {
        u64 call;
        std::vector<std::byte> bytes;
    };

    bool replays() const { return next_ < inputs_.size(); }
    const Input* take_recorded();

    CharBackend& line_;
    Position now_;
    u64 shown_ = 0;  // bytes that went on
    std::vector<Input> inputs_;
    size_t next_ = 0;    // input that the guest comes by next
    Descriptor always_;  // readable
};

}  // namespace kiln::debug
