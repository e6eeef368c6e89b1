#include "debug/socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "support/error.h"

namespace kiln::debug {
namespace {

constexpr size_t kReceive = 4096;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

[[noreturn]] void fail(const GdbAddress& address, const char* reason) {
    throw UsageError(
        fmt::format("--gdb: cannot listen on {}:{}: {}", address.host, address.port, reason));
}

Addresses find(const GdbAddress& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error =
        getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (error != 0) fail(address, gai_strerror(error));
    return {found, &freeaddrinfo};
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Descriptor::~Descriptor() {
    if (valid()) close(fd_);
}

Listener::Listener(const GdbAddress& address) {
    const Addresses found = find(address);
    socket_ = Descriptor(socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (socket_.valid()) setsockopt(fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!socket_.valid() || bind(fd(), found->ai_addr, found->ai_addrlen) != 0 ||
        listen(fd(), 1) != 0)
        fail(address, std::strerror(errno));
}

std::string Listener::name() const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    getsockname(fd(), raw, &length);
    getnameinfo(raw, length, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
    const bool is_ipv6 = address.ss_family == AF_INET6;
    return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host.data(), is_ipv6 ? "]" : "",
                       port.data());
}

Descriptor Listener::accept() const {
    Descriptor client(accept4(fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    // Packets are small and each is waited for.
    const int on = 1;
    if (client.valid()) setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return client;
}

bool Connection::hung_up() const {
    pollfd state{fd(), POLLRDHUP, 0};
    return poll(&state, 1, 0) > 0;
}

void Connection::send(std::string_view bytes) {
    if (!has_output()) {
        output_.clear();
        sent_ = 0;
    }
    output_ += bytes;
    flush();
}

void Connection::flush() {
    while (open_ && has_output()) {
        const ssize_t count =
            ::send(fd(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
        if (count >= 0) {
            sent_ += static_cast<size_t>(count);
        } else if (errno != EINTR) {
            open_ = errno == EAGAIN;
            return;
        }
    }
}

void Connection::receive() {
    if (has_input()) return;
    input_.resize(kReceive);
    taken_ = 0;
    const ssize_t count = recv(fd(), input_.data(), input_.size(), 0);
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) open_ = false;
    input_.resize(count > 0 ? static_cast<size_t>(count) : 0);
}

std::optional<std::byte> Connection::next() {
    if (!has_input()) return std::nullopt;
    return static_cast<std::byte>(input_[taken_++]);
}

}  // namespace kiln::debug
