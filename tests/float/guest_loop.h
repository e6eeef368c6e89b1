// A guest program that runs one floating-point instruction on an array of operands, on one engine.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/stopped_clock.h"
#include "cpu/riscv/hart.h"
#include "float/operation.h"
#include "machine/hart_engine.h"
#include "random/lanes/lane_kinds.h"

namespace kiln::float_test {

// Where the instruction has its rounding mode from.
enum class Source : u8 {
    kFrm,          // rm names frm, which holds the mode
    kInstruction,  // rm names the mode, and frm holds another
};

class GuestLoop {
  public:
    static constexpr size_t kMost = 4096;  // operands at once

    GuestLoop(const riscv::Isa& isa, const random_test::LaneKind& lane);
    GuestLoop(const GuestLoop&) = delete;
    GuestLoop& operator=(const GuestLoop&) = delete;

    // The answers to up to kMost operands. Throws std::runtime_error where the guest program does
    // not get to its end.
    std::vector<Answer> run(const Operation& operation, Rounding mode, Source source,
                            std::span<const Sources> operands);
    const std::string& name() const { return name_; }
    EngineStats stats() const { return engine_->stats(); }

  private:
    // Instructions of one turn of the loop.
    u64 load(const Operation& operation, Rounding mode, Source source);
    void put(std::span<const Sources> operands);

    std::string name_;
    Bus bus_;
    Memory memory_;
    test::StoppedClock clock_;
    riscv::Hart hart_;
    std::unique_ptr<HartEngine> engine_;
    u64 end_ = 0;  // where the program stays when it is done
};

}  // namespace kiln::float_test
