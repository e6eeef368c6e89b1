#include "debug/rewinding_line.h"

#include <algorithm>
#include <fcntl.h>

namespace kiln::debug {

RewindingLine::RewindingLine(CharBackend& line)
    : line_(line), always_(open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

void RewindingLine::go_to(const Position& position) {
    now_ = position;
    const auto first = std::ranges::find_if(
        inputs_, [&](const Input& input) { return input.call >= position.calls; });
    next_ = static_cast<size_t>(first - inputs_.begin());
}

void RewindingLine::forget_past() {
    inputs_.erase(inputs_.begin(), inputs_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
}

void RewindingLine::forget_future() {
    inputs_.resize(next_);
    shown_ = now_.written;
}

size_t RewindingLine::write(std::span<const std::byte> bytes) noexcept {
    const u64 known = std::min<u64>(shown_ - now_.written, bytes.size());
    const size_t taken = known + (known == bytes.size() ? 0 : line_.write(bytes.subspan(known)));
    now_.written += taken;
    shown_ = std::max(shown_, now_.written);
    return taken;
}

// The input of this call, where it was recorded.
const RewindingLine::Input* RewindingLine::take_recorded() {
    const bool now = replays() && inputs_[next_].call == now_.calls;
    ++now_.calls;
    return now ? &inputs_[next_++] : nullptr;
}

size_t RewindingLine::read(std::span<std::byte> bytes) noexcept {
    const bool live = !replays();
    if (const Input* input = take_recorded()) {
        const size_t count = std::min(bytes.size(), input->bytes.size());
        std::copy_n(input->bytes.begin(), count, bytes.begin());
        return count;
    }
    const size_t count = live ? line_.read(bytes) : 0;
    if (count != 0) {
        const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(count);
        inputs_.push_back({now_.calls - 1, {bytes.begin(), end}});
        ++next_;
    }
    return count;
}

bool RewindingLine::take_break() noexcept {
    const bool live = !replays();
    if (take_recorded() != nullptr) return true;
    if (!live || !line_.take_break()) return false;
    inputs_.push_back({now_.calls - 1, {}});
    ++next_;
    return true;
}

// What was recorded is there already.
int RewindingLine::poll_fd() const noexcept { return replays() ? always_.get() : line_.poll_fd(); }

}  // namespace kiln::debug
