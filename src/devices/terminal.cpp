#include "devices/terminal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace kiln {

namespace {
// Events among `wanted` (poll(2)) that hold for `fd` now.
short ready(int fd, short wanted) {
    pollfd entry{fd, wanted, 0};
    return ::poll(&entry, 1, 0) > 0 ? entry.revents : short{0};
}

// A write of more than this can block although poll(2) said that there is room (pipe(7)).
constexpr size_t kAtomicWrite = 512;
}  // namespace

Terminal::Terminal(int input_fd, int output_fd)
    : input_fd_(input_fd), output_fd_(output_fd), is_tty_(isatty(input_fd) == 1), mode_(input_fd) {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &previous_sigpipe_);
}

Terminal::~Terminal() {
    flush();
    sigaction(SIGPIPE, &previous_sigpipe_, nullptr);
}

size_t Terminal::write(std::span<const std::byte> bytes) noexcept {
    for (const std::byte byte : bytes) {
        if (output_count_ == output_.size()) flush();
        output_[output_count_++] = byte;
    }
    return bytes.size();
}

size_t Terminal::read(std::span<std::byte> bytes) noexcept {
    const size_t count = std::min(bytes.size(), typed_.size());
    const auto end = typed_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(typed_.begin(), end, bytes.begin());
    typed_.erase(typed_.begin(), end);
    return count;
}

bool Terminal::take_break() noexcept {
    if (breaks_ == 0) return false;
    --breaks_;
    return true;
}

void Terminal::poll() noexcept {
    take_input();
    if (help_wanted_) write(std::as_bytes(std::span(kConsoleHelp)));
    help_wanted_ = false;
    flush();
}

int Terminal::poll_fd() const noexcept { return wants_input() ? input_fd_ : -1; }

bool Terminal::wants_input() const noexcept {
    return !input_ended_ && (is_tty_ || typed_.size() < kInputLimit);
}

// Writes everything out, waiting where the host is slow; a user who asks to quit ends the wait.
void Terminal::flush() noexcept {
    size_t done = 0;
    while (done < output_count_ && !output_closed_) {
        if ((ready(output_fd_, POLLOUT) & (POLLOUT | POLLERR | POLLNVAL)) == 0) {
            if (quit_requested()) break;
            wait_for_output();
            continue;
        }
        const size_t count = std::min(output_count_ - done, kAtomicWrite);
        const ssize_t written = ::write(output_fd_, output_.data() + done, count);
        if (written > 0)
            done += static_cast<size_t>(written);
        else if (errno != EINTR && errno != EAGAIN)
            output_closed_ = true;  // EPIPE, or an error that no retry mends.
    }
    output_count_ = 0;
}

void Terminal::wait_for_output() noexcept {
    std::array<pollfd, 2> entries = {pollfd{output_fd_, POLLOUT, 0}, pollfd{poll_fd(), POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), -1) > 0 && entries[1].revents != 0) take_input();
}

// One read a call: an endless stream of keys must not hold up the guest.
void Terminal::take_input() noexcept {
    if (!wants_input() || ready(input_fd_, POLLIN) == 0) return;
    std::array<std::byte, 4096> keys;
    const ssize_t count = ::read(input_fd_, keys.data(), keys.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) input_ended_ = true;
    for (ssize_t i = 0; i < count; ++i) take_key(keys[static_cast<size_t>(i)]);
}

void Terminal::take_key(std::byte key) noexcept {
    const auto result = escape_.feed(key);
    if (!result) return;
    switch (result->action) {
        case ConsoleEscape::Action::kSend:
            // One read beyond the limit is kept for a pipe, which cannot take its bytes back.
            if (!is_tty_ || typed_.size() < kInputLimit) typed_.push_back(result->byte);
            break;
        case ConsoleEscape::Action::kQuit:
            quit_ = true;
            break;
        case ConsoleEscape::Action::kHelp:
            help_wanted_ = true;
            break;
        case ConsoleEscape::Action::kBreak:
            ++breaks_;
            break;
    }
}

}  // namespace kiln
