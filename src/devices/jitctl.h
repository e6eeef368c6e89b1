// jitctl: the paravirtual door through which a guest asks about its own translation. The registers,
// their errors and what a guest may rely on: docs/jitctl.md.
//
// What the device knows it learns from a JitControl. Here is what a guest may write, and the checks
// of it: a JitControl is only ever given ranges and thresholds that are valid.
#pragma once

#include <array>
#include <cstddef>

#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln {

// Levels of translation: 0 is the interpreter's, 3 the highest that a backend may have.
inline constexpr size_t kJitLevels = 4;

// Bytes [start, start + length) of guest-physical memory.
struct JitRange {
    uint64_t start = 0;
    uint64_t length = 0;
};

// Executions from which code is warm, hot and very hot, that is worth levels 1, 2 and 3.
struct JitThresholds {
    uint64_t warm = 100;
    uint64_t hot = 1'000;
    uint64_t very_hot = 10'000;
};

// What is known about the translated blocks that begin in a range.
struct JitCounters {
    std::array<uint64_t, kJitLevels> blocks_at_level{};
    uint64_t instructions = 0;  // guest instructions in those blocks
    uint64_t executions = 0;    // times such a block was entered; 0 without kJitCounters
};

// What a machine can do for a guest (bits of FEATURES).
enum JitFeature : uint64_t {
    kJitCounters = 1,    // executions are counted
    kJitCompile = 2,     // ranges are compiled on request
    kJitThresholds = 4,  // thresholds have an effect
};

// How a command ended (values of STATUS).
enum class JitStatus : uint64_t {
    kDone = 0,
    kUnavailable = 1,
    kBadRange = 2,
    kBadCommand = 3,
    kQueued = 4,
    kBadThresholds = 5,
};

// The machine behind the device. Ranges lie in ram() and are not empty.
class JitControl {
  public:
    // Guest RAM.
    virtual JitRange ram() const noexcept = 0;
    // Bits of JitFeature.
    virtual uint64_t features() const noexcept = 0;
    // The highest level that code can reach, below kJitLevels.
    virtual uint64_t max_level() const noexcept = 0;
    // Instructions that the hart under way has retired, the one that asks not among them.
    virtual uint64_t retired() const noexcept = 0;

    // Takes time in proportion to the blocks, not to the bytes of the range.
    virtual JitCounters counters(const JitRange& range) noexcept = 0;
    // kDone, kQueued or kUnavailable.
    virtual JitStatus compile(const JitRange& range) noexcept = 0;
    // Ascending thresholds.
    virtual void set_thresholds(const JitThresholds& thresholds) noexcept = 0;

  protected:
    ~JitControl() = default;
};

class Jitctl final : public Device {
  public:
    // `control` outlives the device.
    explicit Jitctl(JitControl& control) : control_(control) {}

    // Registers are 8 bytes wide; 4 bytes reach a half. Refused are other sizes, offsets without a
    // register, reads of COMMAND and writes of what can only be read.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

  private:
    std::optional<uint64_t> value_of(uint64_t reg) const noexcept;
    uint64_t* writable(uint64_t reg) noexcept;
    JitStatus run(uint64_t command) noexcept;
    JitStatus query() noexcept;
    bool valid_range() const noexcept;
    bool valid_thresholds() const noexcept;

    JitControl& control_;
    JitRange range_;
    JitThresholds thresholds_;
    JitStatus status_ = JitStatus::kDone;
    JitCounters latched_;  // by the last query
};

}  // namespace kiln
