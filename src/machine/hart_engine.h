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
    virtual EngineStats stats() const = 0;
    // See CodeCache::counts.
    virtual BlockCounts counts(u64 address, u64 size) const noexcept = 0;
};

// For RV32 or RV64.
std::unique_ptr<HartEngine> make_rv32_engine(Memory& memory);
std::unique_ptr<HartEngine> make_rv64_engine(Memory& memory);

// The engine behind the interface.
template <Guest G>
class EngineOf final : public HartEngine {
  public:
    explicit EngineOf(Memory& memory) : engine_(memory) {}
    void attach(riscv::Hart& hart) override { engine_.attach(hart); }
    StopReason run(riscv::Hart& hart, i64 budget) override { return engine_.run(hart, budget); }
    EngineStats stats() const override { return engine_.stats(); }
    BlockCounts counts(u64 address, u64 size) const noexcept override {
        return engine_.counts(address, size);
    }

  private:
    Engine<G> engine_;
};

}  // namespace kiln
