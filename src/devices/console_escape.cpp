#include "devices/console_escape.h"

namespace kiln {

namespace {
constexpr std::byte kEscape{0x01};
}

std::optional<ConsoleEscape::Result> ConsoleEscape::feed(std::byte key) {
    if (!escaped_) {
        escaped_ = key == kEscape;
        if (escaped_) return std::nullopt;
        return Result{Action::kSend, key};
    }
    escaped_ = false;
    switch (std::to_integer<char>(key)) {
        case 'x':
            return Result{Action::kQuit, key};
        case 'h':
            return Result{Action::kHelp, key};
        case 'b':
            return Result{Action::kBreak, key};
        case std::to_integer<char>(kEscape):
            return Result{Action::kSend, key};
        default:
            return std::nullopt;
    }
}

}  // namespace kiln
