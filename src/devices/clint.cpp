#include "devices/clint.h"

#include <algorithm>

#include "devices/bits.h"

namespace kiln {

namespace {
constexpr uint64_t kTimecmpBase = 0x4000;
constexpr uint64_t kMtime = 0xbff8;
constexpr uint64_t kMtimeEnd = 0xc000;

bool valid(uint64_t offset, unsigned size) {
    return size == 4 || (size == 8 && offset >= kTimecmpBase);
}
}  // namespace

Clint::Clint(Clock& clock, std::vector<Outputs> outputs) : clock_(&clock), harts_(outputs.size()) {
    for (size_t hart = 0; hart < harts_.size(); ++hart) harts_[hart].outputs = outputs[hart];
}

uint64_t* Clint::timecmp_at(uint64_t offset) noexcept {
    if (offset < kTimecmpBase) return nullptr;
    const uint64_t hart = (offset - kTimecmpBase) / 8;
    return hart < harts_.size() ? &harts_[hart].mtimecmp : nullptr;
}

std::optional<uint64_t> Clint::read(uint64_t offset, unsigned size) noexcept {
    if (!valid(offset, size)) return std::nullopt;
    if (offset / 4 < harts_.size()) return harts_[offset / 4].msip;
    if (const uint64_t* timecmp = timecmp_at(offset)) return read_part(*timecmp, offset, size);
    if (offset >= kMtime && offset < kMtimeEnd) return read_part(mtime(), offset, size);
    return 0;
}

bool Clint::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
    if (!valid(offset, size)) return false;
    if (offset / 4 < harts_.size()) {
        HartTimer& hart = harts_[offset / 4];
        hart.msip = (value & 1) != 0;
        hart.outputs.msip.set(hart.msip);
    } else if (uint64_t* timecmp = timecmp_at(offset)) {
        *timecmp = write_part(*timecmp, offset, size, value);
        update();
    } else if (offset >= kMtime && offset < kMtimeEnd) {
        const uint64_t time = mtime();
        offset_ += write_part(time, offset, size, value) - time;
        update();
    }
    return true;
}

// Lines keep their levels, which the harts have among theirs.
void Clint::state(StateArchive& archive) {
    archive.value(offset_);
    for (HartTimer& hart : harts_) archive.values(hart.mtimecmp, hart.msip, hart.mtip);
}

void Clint::update() noexcept {
    const uint64_t time = mtime();
    for (HartTimer& hart : harts_) {
        const bool fired = time >= hart.mtimecmp;
        if (fired != hart.mtip) hart.outputs.mtip.set(fired);
        hart.mtip = fired;
    }
}

uint64_t Clint::next_deadline() noexcept {
    const uint64_t now = clock_->now();
    const uint64_t time = now + offset_;
    uint64_t earliest = UINT64_MAX;
    for (const HartTimer& hart : harts_) {
        if (hart.mtip || hart.mtimecmp == UINT64_MAX) continue;
        const uint64_t left = hart.mtimecmp > time ? hart.mtimecmp - time : 0;
        earliest = std::min(earliest, saturating_add(now, left));
    }
    return earliest;
}

}  // namespace kiln
