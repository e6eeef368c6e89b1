// The engine as the jitctl device shows it to the guest.
#pragma once

#include <utility>

#include "cpu/memory.h"
#include "cpu/riscv/hart.h"
#include "devices/jitctl.h"
#include "machine/hart_engine.h"

namespace kiln {

class EngineControl final : public JitControl {
  public:
    // Both outlive the object.
    EngineControl(const Memory& memory, HartEngine& engine) : memory_(memory), engine_(engine) {}

    // A hart starts its slice: the device's reader; nullptr: none runs.
    void follow(const riscv::Hart* hart) { hart_ = hart; }
    // Whether the guest asked for counters since the last call. That may have taken as long as
    // many slices do, so the console and the other harts come next.
    bool take_slice_over() { return std::exchange(slice_over_, false); }

    JitRange ram() const noexcept override { return {memory_.ram_base(), memory_.ram_size()}; }
    uint64_t features() const noexcept override;
    uint64_t max_level() const noexcept override { return engine_.max_level(); }
    uint64_t retired() const noexcept override;
    JitCounters counters(const JitRange& range) noexcept override;
    // Blocks that are known are compiled when they run next.
    JitStatus compile(const JitRange& range) noexcept override;
    void set_thresholds(const JitThresholds& thresholds) noexcept override;

  private:
    const Memory& memory_;
    HartEngine& engine_;
    const riscv::Hart* hart_ = nullptr;
    bool slice_over_ = false;
};

}  // namespace kiln
