// The engine of the machine's guest, whichever XLEN it has.
#pragma once

#include <memory>

#include "cpu/riscv/hart.h"
#include "jit/engine.h"

namespace kiln {

class HartEngine {
  public:
    virtual ~HartEngine() = default;
    virtual void attach(riscv::Hart& hart) = 0;
    // See Engine::run.
    virtual StopReason run(riscv::Hart& hart, i64 budget) = 0;
    // See Engine::breakpoints_changed.
    virtual void breakpoints_changed(const PageOffsets& offsets) = 0;
    virtual EngineStats stats() const = 0;
    // See CodeCache::counts.
    virtual BlockCounts counts(u64 address, u64 size) const noexcept = 0;
    // See Engine::compiles, max_level, request, set_tier_up and set_region_heat.
    virtual bool compiles() const noexcept { return false; }
    virtual unsigned max_level() const noexcept { return 0; }
    virtual u64 request(u64, u64) noexcept { return 0; }
    virtual void set_tier_up(u64) noexcept {}
    virtual void set_region_heat(u64) noexcept {}
    // See Engine::note_heat.
    virtual void note_heat() {}
};

// For RV32 or RV64. Throws as Engine does.
std::unique_ptr<HartEngine> make_rv32_engine(Memory& memory, const EngineSetup& setup = {});
std::unique_ptr<HartEngine> make_rv64_engine(Memory& memory, const EngineSetup& setup = {});

// The engine behind the interface.
template <Guest G>
class EngineOf final : public HartEngine {
  public:
    EngineOf(Memory& memory, const EngineSetup& setup) : engine_(memory, setup) {}
    void attach(riscv::Hart& hart) override { engine_.attach(hart); }
    StopReason run(riscv::Hart& hart, i64 budget) override { return engine_.run(hart, budget); }
    void breakpoints_changed(const PageOffsets& offsets) override {
        engine_.breakpoints_changed(offsets);
    }
    EngineStats stats() const override { return engine_.stats(); }
    BlockCounts counts(u64 address, u64 size) const noexcept override {
        return engine_.counts(address, size);
    }
    bool compiles() const noexcept override { return engine_.compiles(); }
    unsigned max_level() const noexcept override { return engine_.max_level(); }
    u64 request(u64 address, u64 size) noexcept override { return engine_.request(address, size); }
    void set_tier_up(u64 entries) noexcept override { engine_.set_tier_up(entries); }
    void set_region_heat(u64 instructions) noexcept override {
        engine_.set_region_heat(instructions);
    }
    void note_heat() override { engine_.note_heat(); }

  private:
    Engine<G> engine_;
};

}  // namespace kiln
