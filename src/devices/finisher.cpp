#include "devices/finisher.h"

namespace kiln {

namespace {
constexpr uint64_t kPass = 0x5555;
constexpr uint64_t kFail = 0x3333;
constexpr uint64_t kReset = 0x7777;

bool valid(unsigned size) { return size == 2 || size == 4; }
}  // namespace

std::optional<uint64_t> Finisher::read(uint64_t, unsigned size) noexcept {
    if (!valid(size)) return std::nullopt;
    return 0;
}

void Finisher::state(StateArchive& archive) { archive.values(exit_code_, reset_requested_); }

bool Finisher::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
    if (!valid(size)) return false;
    if (offset != 0) return true;
    switch (value & 0xffff) {
        case kPass:
            exit_code_ = 0;
            break;
        case kFail:
            exit_code_ = static_cast<int>(size == 4 ? value >> 16 & 0xffff : 0);
            break;
        case kReset:
            reset_requested_ = true;
            break;
        default:
            break;
    }
    return true;
}

}  // namespace kiln
