#include "devices/jitctl.h"

#include <algorithm>
#include <numeric>

#include "devices/bits.h"

namespace kiln {

namespace {
constexpr uint64_t kMagicValue = 0x0054'494a'4e4c'494b;  // "KILNJIT" and a zero byte
constexpr uint64_t kVersionValue = 1;

enum Register : uint64_t {
    kMagic = 0x00,
    kVersion = 0x08,
    kFeatures = 0x10,
    kMaxLevel = 0x18,
    kInstret = 0x20,
    kStart = 0x28,
    kLength = 0x30,
    kCommand = 0x38,
    kStatus = 0x40,
    kLevel = 0x48,
    kBlocks = 0x50,
    kInstructions = 0x58,
    kExecutions = 0x60,
    kBlocksAtLevel = 0x68,  // one register a level
    kWarm = 0x88,
    kHot = 0x90,
    kVeryHot = 0x98,
};

enum Command : uint64_t { kQuery = 1, kCompile = 2, kApplyThresholds = 3 };

constexpr uint64_t register_at(uint64_t offset) { return offset & ~uint64_t{7}; }
constexpr bool valid_size(unsigned size) { return size == 4 || size == 8; }

uint64_t all_blocks(const JitCounters& counters) {
    return std::accumulate(counters.blocks_at_level.begin(), counters.blocks_at_level.end(),
                           uint64_t{0});
}

uint64_t lowest_level(const JitCounters& counters) {
    const auto& blocks = counters.blocks_at_level;
    const auto lowest = std::find_if(blocks.begin(), blocks.end(), [](auto n) { return n != 0; });
    return lowest == blocks.end() ? 0 : static_cast<uint64_t>(lowest - blocks.begin());
}
}  // namespace

std::optional<uint64_t> Jitctl::value_of(uint64_t reg) const noexcept {
    switch (reg) {
        case kMagic:
            return kMagicValue;
        case kVersion:
            return kVersionValue;
        case kFeatures:
            return control_.features();
        case kMaxLevel:
            return control_.max_level();
        case kInstret:
            return control_.retired();
        case kStart:
            return range_.start;
        case kLength:
            return range_.length;
        case kStatus:
            return static_cast<uint64_t>(status_);
        case kLevel:
            return lowest_level(latched_);
        case kBlocks:
            return all_blocks(latched_);
        case kInstructions:
            return latched_.instructions;
        case kExecutions:
            return latched_.executions;
        case kWarm:
            return thresholds_.warm;
        case kHot:
            return thresholds_.hot;
        case kVeryHot:
            return thresholds_.very_hot;
        default:
            break;
    }
    if (reg >= kBlocksAtLevel && reg < kBlocksAtLevel + 8 * kJitLevels)
        return latched_.blocks_at_level[(reg - kBlocksAtLevel) / 8];
    return std::nullopt;
}

uint64_t* Jitctl::writable(uint64_t reg) noexcept {
    switch (reg) {
        case kStart:
            return &range_.start;
        case kLength:
            return &range_.length;
        case kWarm:
            return &thresholds_.warm;
        case kHot:
            return &thresholds_.hot;
        case kVeryHot:
            return &thresholds_.very_hot;
        default:
            return nullptr;
    }
}

std::optional<uint64_t> Jitctl::read(uint64_t offset, unsigned size) noexcept {
    if (!valid_size(size)) return std::nullopt;
    const auto value = value_of(register_at(offset));
    return value ? std::optional(read_part(*value, offset, size)) : std::nullopt;
}

bool Jitctl::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
    if (!valid_size(size)) return false;
    if (offset == kCommand) status_ = run(value);
    // A 32-bit guest may write both halves: the lower one is the command.
    if (register_at(offset) == kCommand) return true;
    uint64_t* reg = writable(register_at(offset));
    if (reg == nullptr) return false;
    *reg = write_part(*reg, offset, size, value);
    return true;
}

void Jitctl::state(StateArchive& archive) {
    archive.values(range_.start, range_.length, thresholds_.warm, thresholds_.hot,
                   thresholds_.very_hot, status_, latched_.blocks_at_level, latched_.instructions,
                   latched_.executions);
}

JitStatus Jitctl::run(uint64_t command) noexcept {
    switch (command) {
        case kQuery:
            return query();
        case kCompile:
            return valid_range() ? control_.compile(range_) : JitStatus::kBadRange;
        case kApplyThresholds:
            if (!valid_thresholds()) return JitStatus::kBadThresholds;
            control_.set_thresholds(thresholds_);
            return JitStatus::kDone;
        default:
            return JitStatus::kBadCommand;
    }
}

JitStatus Jitctl::query() noexcept {
    // Nobody shall take an older answer for this one's.
    latched_ = {};
    if (!valid_range()) return JitStatus::kBadRange;
    latched_ = control_.counters(range_);
    return JitStatus::kDone;
}

bool Jitctl::valid_range() const noexcept {
    const JitRange ram = control_.ram();
    // Differences, since sums could overflow.
    const uint64_t before = range_.start - ram.start;
    return before < ram.length && range_.length != 0 && range_.length <= ram.length - before;
}

bool Jitctl::valid_thresholds() const noexcept {
    return thresholds_.warm < thresholds_.hot && thresholds_.hot < thresholds_.very_hot;
}

}  // namespace kiln
