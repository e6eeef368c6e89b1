// A hart on an engine, into which sequences are put.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/stopped_clock.h"
#include "cpu/riscv/hart.h"
#include "machine/hart_engine.h"
#include "random/sequence.h"

namespace kiln::random_test {

// Rights to a page: bits as PMP has them.
inline constexpr u8 kRead = 1, kWrite = 2, kExecute = 4;

// How a sequence runs, in U-mode. Two pages can be read and written (the window), two others hold
// the code; what else there is must fault.
struct Setting {
    bool paged = false;  // rights by a page table, else by PMP alone
    std::array<u8, 4> rights{kRead | kWrite, kRead | kWrite, kRead | kExecute, kRead | kExecute};
    u32 code_offset = 0;   // of the first instruction in the pages of code
    i64 slice = 100;       // the engine is given so many instructions at once
    u64 instructions = 0;  // after as many the run ends; 0: enough for each of them once
    unsigned runs = 1;     // from the initial state, with the code that the run before left
};

// Everything that a sequence can leave.
struct Outcome {
    std::array<u64, 32> x{};
    std::array<u64, 32> f{};
    u64 pc = 0, priv = 0, begun = 0, retired = 0;
    u64 fcsr = 0, mstatus = 0, mcause = 0, mepc = 0, mtval = 0;
    std::vector<std::byte> window;
    std::vector<std::byte> code;

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

    // Runs a sequence; a trapping instruction is skipped. The outcome after each trap and at the
    // end of each run.
    std::vector<Outcome> run(const Sequence& sequence, const Setting& setting);
    EngineStats stats() const { return engine_->stats(); }

  private:
    void load_code(const Sequence& sequence);
    void protect(const Setting& setting);
    void protect_by_pmp(const std::array<u8, 4>& rights);
    void protect_by_pages(const std::array<u8, 4>& rights);
    void reset(const Sequence& sequence);
    void run_once(const Sequence& sequence, const Setting& setting, std::vector<Outcome>& outcomes);
    void run_slices(u64 instructions, i64 slice);
    Outcome capture() const;
    bool skip_trapped();
    void write_csr(u32 number, u64 value);

    Bus bus_;
    Memory memory_;
    test::StoppedClock clock_;
    riscv::Hart hart_;
    std::unique_ptr<HartEngine> engine_;
    u64 code_ = 0, end_ = 0;       // addresses of the first instruction and the closing ecall
    u64 begun_ = 0, retired_ = 0;  // when the run started
};

}  // namespace kiln::random_test
