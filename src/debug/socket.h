// TCP without waiting: the callers poll(2).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "machine/config.h"
#include "support/int.h"

namespace kiln::debug {

// A file descriptor that is closed with its owner.
class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

  private:
    int fd_;
};

// Waits for clients at an address.
class Listener {
  public:
    // Throws UsageError where that cannot be.
    explicit Listener(const GdbAddress& address);

    int fd() const { return socket_.get(); }
    // "HOST:PORT", with the port that the host chose where the address left it open.
    std::string name() const;
    // The next client that waits; invalid: none does.
    Descriptor accept() const;

  private:
    Descriptor socket_;
};

// Bytes to and from one client. What is sent is kept until the client takes it; callers receive no
// more meanwhile, so that this is one answer at most.
class Connection {
  public:
    explicit Connection(Descriptor socket) : socket_(std::move(socket)) {}

    int fd() const { return socket_.get(); }
    // False: the client is gone.
    bool open() const { return open_; }
    // Whether the client has left, though what it sent before may not have been received.
    bool hung_up() const;

    void send(std::string_view bytes);
    // Sends what the client takes now.
    void flush();
    bool has_output() const { return sent_ != output_.size(); }
    // Receives what has come, up to a limit, if all of that before was taken by next().
    void receive();
    std::optional<std::byte> next();
    bool has_input() const { return taken_ != input_.size(); }

  private:
    Descriptor socket_;
    bool open_ = true;
    std::string output_;
    size_t sent_ = 0;
    std::string input_;
    size_t taken_ = 0;
};

}  // namespace kiln::debug
