#include "ir/file_rig.h"

#include <array>
#include <cstring>
#include <fmt/format.h>

#include "common/stopped_clock.h"

namespace kiln::ir_test {
namespace {

using riscv::Hart;

constexpr u64 kRamBase = 0x80000000;
constexpr u64 kRamSize = 0x10000;
constexpr u64 kEntry = kRamBase + 0x2000;
constexpr u64 kGuarded = kRamBase + 0xf000;  // a granule that counts as code
constexpr u64 kDevice = 0x10000000;
constexpr u64 kDeviceValue = 0x8877665544332211;
constexpr int kFill = 0xa5;
constexpr i64 kBudget = 1000;

u64 sum(CpuState&, u64 a, u64 b, u64 c) noexcept { return a + b + c; }
u64 raise(CpuState& state, u64 cause, u64 value, u64) noexcept {
    state.raise(cause, value);
    return 0;
}
u64 stop(CpuState& state, u64 value, u64, u64) noexcept {
    state.exit_request |= kExitPoll;
    return value;
}
// Reads and writes state, and sees where it is.
u64 look(CpuState& state, u64, u64, u64) noexcept {
    state.regs[1] = 2 * state.regs[0];
    state.regs[2] = state.pc;
    return state.begun();
}
u64 go(CpuState& state, u64 pc, u64, u64) noexcept {
    state.pc = pc;
    return 0;
}
u64 clear_flags(CpuState& state, u64, u64, u64) noexcept {
    state.soft_fflags = 0;
    return 0;
}
const Helper kSum{"sum", sum};
const Helper kRaise{"raise", raise};
const Helper kStop{"stop", stop};
const Helper kLook{"look", look};
const Helper kGo{"go", go};
const Helper kClearFlags{"clear_flags", clear_flags};

// Each access asks the run to end. It can be read, and takes writes of 0.
struct Doorbell final : Device {
    explicit Doorbell(Hart& rung) : hart(rung) {}
    std::optional<uint64_t> read(uint64_t, unsigned size) noexcept override {
        hart.exit_request |= kExitPoll;
        return kDeviceValue & (~u64{0} >> (64 - 8 * size));
    }
    bool write(uint64_t, unsigned, uint64_t value) noexcept override {
        hart.exit_request |= kExitPoll;
        return value == 0;
    }
    Hart& hart;
};

class Rig final : public WriteListener {
  public:
    Rig(const ir::Block& block, const Run& run)
        : run_(run),
          memory_(kRamBase, kRamSize, bus_),
          hart_(0, riscv::Isa::everything(ir::bits_of(block.address)), memory_, clock_),
          doorbell_(hart_) {
        bus_.map("doorbell", kDevice, 0x100, doorbell_);
        memory_.set_granules(kGuarded, 1, kGranuleCode);
        memory_.add_listener(*this);
        std::memset(memory_.host(kRamBase), kFill, kRamSize);
        for (u64 i = 0; i < hart_.regs.size(); ++i) hart_.regs[i] = (i + 1) * 0x0123456789abcdef;
        for (const Assignment& a : run.before) assign(a, state(), memory_.host(kRamBase));
        hart_.pc = kEntry;
        hart_.begun_limit = kBudget;
        hart_.budget = kBudget;
        hart_.soft_fflags = 0;
        expected_regs_ = hart_.regs;
        expected_ram_.assign(memory_.host(kRamBase), memory_.host(kRamBase) + kRamSize);
        for (const Assignment& a : run.after)
            assign(a, reinterpret_cast<std::byte*>(expected_regs_.data()), expected_ram_.data());
        expected_count_ = run.count.value_or(block.count);
    }

    void guarded_write(u64, u64, u8) noexcept override { hart_.exit_request |= kExitCodeChanged; }

    std::vector<std::string> run(const ir::Block& block, const Engine& engine) {
        engine.run(block, hart_);
        compare("pc", hart_.xlen_value(kEntry + static_cast<u64>(run_.pc)), hart_.pc);
        compare("count", expected_count_, hart_.begun());
        compare("trap taken", run_.trap.has_value(), hart_.trap_pending);
        if (hart_.trap_pending && run_.trap) {
            compare("trap", *run_.trap, hart_.trap_cause);
            compare("tval", run_.trap_value, hart_.trap_value);
        }
        // A trap ends the run anyway.
        compare("stop", run_.stop, hart_.exit_request != 0 && !hart_.trap_pending);
        compare("fflags", run_.fflags, hart_.fflags());
        for (size_t i = 0; i < expected_regs_.size(); ++i)
            compare(fmt::format("i64[{}]", 8 * i), expected_regs_[i], hart_.regs[i]);
        compare_ram();
        return std::move(differences_);
    }

  private:
    std::byte* state() { return reinterpret_cast<std::byte*>(static_cast<CpuState*>(&hart_)); }

    void assign(const Assignment& a, std::byte* regs, std::byte* ram) const {
        static_assert(offsetof(CpuState, regs) == 0);
        const u64 base = a.in_memory ? kRamBase : 0;
        const u64 size = a.in_memory ? kRamSize : sizeof expected_regs_;
        if (a.place < base || a.place - base > size - a.bytes)
            throw FileError(fmt::format("line {}: {:#x} is nowhere", run_.line, a.place));
        std::memcpy((a.in_memory ? ram : regs) + (a.place - base), &a.value, a.bytes);
    }
    void compare_ram() {
        const std::byte* ram = memory_.host(kRamBase);
        for (u64 i = 0; i < kRamSize; ++i) {
            if (ram[i] == expected_ram_[i]) continue;
            compare(fmt::format("i8{{{:#x}}}", kRamBase + i),
                    std::to_integer<u64>(expected_ram_[i]), std::to_integer<u64>(ram[i]));
        }
    }
    void compare(std::string_view what, u64 expected, u64 got) {
        if (expected != got)
            differences_.push_back(
                fmt::format("{}: expected {:#x}, got {:#x}", what, expected, got));
    }

    const Run& run_;
    Bus bus_;
    Memory memory_;
    test::StoppedClock clock_;
    Hart hart_;
    Doorbell doorbell_;
    std::array<u64, kRegisterSlots> expected_regs_{};
    std::vector<std::byte> expected_ram_;
    u64 expected_count_ = 0;
    std::vector<std::string> differences_;
};

}  // namespace

std::span<const Helper* const> helpers() {
    static constexpr std::array<const Helper*, 6> kAll = {&kSum,  &kRaise, &kStop,
                                                          &kLook, &kGo,    &kClearFlags};
    return kAll;
}

std::vector<std::string> run_block(const ir::Block& block, const Run& run, const Engine& engine) {
    return Rig(block, run).run(block, engine);
}

}  // namespace kiln::ir_test
