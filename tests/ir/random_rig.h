// A hart on an engine, into which sequences of tests/random are put.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cpu/riscv/hart.h"
#include "machine/hart_engine.h"
#include "random/sequence.h"

namespace kiln::ir_test {

// Everything that a sequence can leave.
struct Outcome {
    std::array<u64, 32> x{};
    std::array<u64, 32> f{};
    u64 pc = 0, priv = 0, begun = 0, retired = 0;
    u64 fcsr = 0, mstatus = 0, mcause = 0, mepc = 0, mtval = 0;
    std::vector<std::byte> window;

    bool operator==(const Outcome&) const = default;
};

// The parts that differ, one a line.
std::string describe_difference(const Outcome& expected, const Outcome& got);

class RandomRig {
  public:
    using MakeEngine = std::function<std::unique_ptr<HartEngine>(Memory&)>;

    RandomRig(const riscv::Isa& isa, const MakeEngine& make_engine);
    RandomRig(const RandomRig&) = delete;
    RandomRig& operator=(const RandomRig&) = delete;

    // Runs a sequence in U-mode, in slices of `slice` instructions; a trapping instruction is
    // skipped. The outcome after each trap and at the end.
    std::vector<Outcome> run(const random_test::Sequence& sequence, i64 slice);

  private:
    struct StoppedClock final : Clock {
        uint64_t now() noexcept override { return 0; }
    };

    void load(const random_test::Sequence& sequence);
    void run_slices(u64 instructions, i64 slice);
    Outcome capture() const;
    bool skip_trapped(const random_test::Sequence& sequence);
    void write_csr(u32 number, u64 value);

    Bus bus_;
    Memory memory_;
    StoppedClock clock_;
    riscv::Hart hart_;
    std::unique_ptr<HartEngine> engine_;
    u64 begun_ = 0, retired_ = 0;  // when the sequence started
};

}  // namespace kiln::ir_test
