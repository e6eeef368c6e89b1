#include "cpu/riscv/access_log.h"

#include <algorithm>
#include <string>

#include "support/log.h"

namespace kiln::riscv {
namespace {

const char* access_name(Access access) {
    static constexpr const char* kNames[] = {"load", "store", "fetch"};
    return kNames[static_cast<unsigned>(access)];
}

// The low bits of an entry, "vrwxugad" with '-' for what is clear.
std::string pte_flags(u64 pte) {
    std::string flags = "vrwxugad";
    for (size_t bit = 0; bit < flags.size(); ++bit)
        if ((pte >> bit & 1) == 0) flags[bit] = '-';
    return flags;
}

std::string refusal(const Hart& hart, u64 physical, u64 size, Access access) {
    const auto& ranges = hart.memory->bus().ranges();
    const auto range = std::find_if(ranges.begin(), ranges.end(), [&](const Bus::Range& r) {
        return physical - r.base < r.size;
    });
    if (range == ranges.end()) return "nothing is mapped there";
    if (access == Access::kFetch) return fmt::format("{} holds no code", range->name);
    if ((physical & (size - 1)) != 0) return fmt::format("misaligned for {}", range->name);
    return fmt::format("{} refuses it", range->name);
}

}  // namespace

void log_walk(const Hart& hart, u64 address, Access access, Priv priv, const WalkStep& step,
              const char* reason) {
    if (!log_enabled(LogItem::mmu)) return;
    std::string entry;
    if (step.reached == WalkStep::kEntry)
        entry = fmt::format("level {}, pte {:#x} ({}) at {:#x}: ", step.level, step.pte,
                            pte_flags(step.pte), step.pte_address);
    if (step.reached == WalkStep::kAddress)
        entry = fmt::format("level {}, pte at {:#x}: ", step.level, step.pte_address);
    log_line(LogItem::mmu, "hart {}: {} at {:#x} from {}, pc {:#x}, satp {:#x}: {}{}", hart.id,
             access_name(access), address, priv_letter(priv), hart.pc, hart.satp, entry, reason);
}

void log_pmp(const Hart& hart, u64 address, u64 physical, u64 size, Access access, Priv priv) {
    log_line(LogItem::mmu,
             "hart {}: {} of {} at {:#x} from {}, pc {:#x}: PMP refuses physical {:#x}", hart.id,
             access_name(access), size, address, priv_letter(priv), hart.pc, physical);
}

void log_refused(const Hart& hart, u64 address, u64 physical, u64 size, Access access) {
    if (!log_enabled(LogItem::guest_errors)) return;
    log_line(LogItem::guest_errors, "hart {}: {} of {} at {:#x}, physical {:#x}, pc {:#x}: {}",
             hart.id, access_name(access), size, address, physical, hart.pc,
             refusal(hart, physical, size, access));
}

}  // namespace kiln::riscv
