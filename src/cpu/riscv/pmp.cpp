#include "cpu/riscv/pmp.h"

#include <algorithm>
#include <bit>

#include "cpu/tlb.h"

namespace kiln::riscv {
namespace {

constexpr u8 kRead = 1;
constexpr u8 kWrite = 2;
constexpr u8 kExecute = 4;
constexpr u8 kModeShift = 3;
constexpr u8 kLock = 0x80;
enum Mode : u8 { kOff, kTor, kNa4, kNapot };

Mode mode_of(u8 config) { return static_cast<Mode>(config >> kModeShift & 3); }

}  // namespace

void Pmp::set_config(unsigned entry, u8 value) {
    Entry& e = entries_[entry];
    if ((e.config & kLock) != 0) return;
    value &= static_cast<u8>(~0x60);
    // R=0 with W=1 is reserved: the write drops W.
    if ((value & kRead) == 0) value &= static_cast<u8>(~kWrite);
    e.config = value;
    update_ranges();
}

void Pmp::set_address(unsigned entry, u64 value, unsigned xlen) {
    Entry& e = entries_[entry];
    if ((e.config & kLock) != 0) return;
    // A locked TOR entry locks the address below it too.
    if (entry + 1 < kEntries) {
        const u8 above = entries_[entry + 1].config;
        if ((above & kLock) != 0 && mode_of(above) == kTor) return;
    }
    // Physical addresses have 34 bits under Sv32 and 56 otherwise.
    e.address = xlen == 32 ? value & 0xffffffff : value & ((u64{1} << 54) - 1);
    update_ranges();
}

void Pmp::update_ranges() {
    any_active_ = false;
    for (unsigned i = 0; i < kEntries; ++i) {
        Entry& e = entries_[i];
        e.first = 1;
        e.last = 0;
        switch (mode_of(e.config)) {
            case kOff:
                continue;
            case kTor: {
                const u64 below = i == 0 ? 0 : entries_[i - 1].address << 2;
                const u64 end = e.address << 2;
                if (below < end) {
                    e.first = below;
                    e.last = end - 1;
                }
                break;
            }
            case kNa4:
                e.first = e.address << 2;
                e.last = e.first + 3;
                break;
            case kNapot: {
                const unsigned ones = static_cast<unsigned>(std::countr_one(e.address));
                const u64 size = u64{8} << std::min(ones, 56u);
                e.first = (e.address << 2) & ~(size - 1);
                e.last = e.first + (size - 1);
                break;
            }
        }
        any_active_ = true;
    }
}

bool Pmp::permits(const Entry& entry, Access access, Priv priv) {
    if (priv == Priv::kMachine && (entry.config & kLock) == 0) return true;
    switch (access) {
        case Access::kLoad:
            return (entry.config & kRead) != 0;
        case Access::kStore:
            return (entry.config & kWrite) != 0;
        case Access::kFetch:
            return (entry.config & kExecute) != 0;
    }
    return false;
}

Pmp::Verdict Pmp::check(u64 address, u64 size, Access access, Priv priv) const {
    // With no entry active every mode of a hart with entries implemented is refused but M.
    const bool unmatched = priv == Priv::kMachine;
    const u64 last = address + size - 1;
    if (any_active_) {
        for (const Entry& e : entries_) {
            if (e.last < e.first || last < e.first || address > e.last) continue;
            if (address < e.first || last > e.last) return Verdict::kMixed;
            return permits(e, access, priv) ? Verdict::kAllowed : Verdict::kDenied;
        }
    }
    return unmatched ? Verdict::kAllowed : Verdict::kDenied;
}

Pmp::Range Pmp::largest_open(u64 address, u64 size, Priv priv) const {
    // Where entries begin or end the rights may change, nowhere else.
    std::array<u64, 2 * kEntries + 2> edges;
    size_t count = 0;
    edges[count++] = address;
    edges[count++] = address + size;
    for (const Entry& e : entries_) {
        if (e.last < e.first) continue;
        for (const u64 edge : {e.first, e.last + 1})
            if (edge > address && edge < address + size) edges[count++] = edge;
    }
    std::sort(edges.begin(), edges.begin() + static_cast<std::ptrdiff_t>(count));
    const auto meet_at = [&](u64 edge) {
        return edge % kPageSize == 0 ||
               check(edge - 1, 2, Access::kLoad, priv) == Verdict::kAllowed;
    };
    Range largest;
    Range open;
    for (size_t i = 0; i + 1 < count; ++i) {
        const u64 length = edges[i + 1] - edges[i];
        if (length == 0) continue;
        const bool allowed = check(edges[i], length, Access::kLoad, priv) == Verdict::kAllowed &&
                             check(edges[i], length, Access::kStore, priv) == Verdict::kAllowed;
        if (!allowed) {
            open.size = 0;
            continue;
        }
        if (open.size == 0 || !meet_at(edges[i])) open = {edges[i], 0};
        open.size += length;
        if (open.size > largest.size) largest = open;
    }
    return largest;
}

}  // namespace kiln::riscv
