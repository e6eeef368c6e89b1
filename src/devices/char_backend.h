// The other end of a serial line.
#pragma once

#include <cstddef>
#include <span>

namespace kiln {

class CharBackend {
  public:
    CharBackend() = default;
    CharBackend(const CharBackend&) = delete;
    CharBackend& operator=(const CharBackend&) = delete;
    virtual ~CharBackend() = default;

    // Takes bytes from the guest; returns how many were taken. The rest is offered again later.
    virtual size_t write(std::span<const std::byte> bytes) noexcept = 0;
    // Fills `bytes` from its start with input that is there now; returns how many. Never waits.
    virtual size_t read(std::span<std::byte> bytes) noexcept = 0;
    // True once for each break condition that was received.
    virtual bool take_break() noexcept { return false; }
    // Called between slices of guest code: moves input and output to and from the host.
    virtual void poll() noexcept {}
    // A file descriptor that becomes readable when there is input, for an idle machine to wait on;
    // -1 when there is none, or none that should be waited on now.
    virtual int poll_fd() const noexcept { return -1; }
    // The user asks the machine to end.
    virtual bool quit_requested() const noexcept { return false; }
};

}  // namespace kiln
