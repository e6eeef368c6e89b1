#include "ir/random_rig.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"
#include "cpu/riscv/state.h"

namespace kiln::ir_test {
namespace {

using random_test::Base;
using random_test::Sequence;
using riscv::Priv;

constexpr u64 kRamBase = 0x80000000;
constexpr u64 kRamSize = 0x40000;
constexpr u64 kVector = kRamBase + 0x100;
constexpr u64 kWindow = kRamBase + 0x21000;
constexpr u64 kWindowSize = 0x2000;
constexpr u64 kCode = kRamBase + 0x30000;
constexpr u64 kCodeSize = 0x1000;
constexpr u32 kLoopForEver = 0x0000006f;
constexpr u32 kEcall = 0x00000073;
constexpr size_t kMostTraps = 24;

constexpr u32 kMstatus = 0x300, kMtvec = 0x305, kPmpcfg0 = 0x3a0, kPmpaddr0 = 0x3b0, kFcsr = 0x003;

u64 resolve(const random_test::Value& value) {
    switch (value.base) {
        case Base::kWindow:
            return kWindow + value.offset;
        case Base::kCode:
            return kCode + value.offset;
        default:
            return value.offset;
    }
}

}  // namespace

RandomRig::RandomRig(const riscv::Isa& isa, const MakeEngine& make_engine)
    : memory_(kRamBase, kRamSize, bus_),
      hart_(0, isa, memory_, clock_),
      engine_(make_engine(memory_)) {
    engine_->attach(hart_);
    memory_.store_ram(kVector, 4, kLoopForEver);
    write_csr(kMtvec, kVector);
    // U-mode reads and writes the window, reads and executes the code: the rest must fault.
    write_csr(kPmpaddr0, kWindow >> 2);
    write_csr(kPmpaddr0 + 1, (kWindow + kWindowSize) >> 2);
    write_csr(kPmpaddr0 + 2, kCode >> 2);
    write_csr(kPmpaddr0 + 3, (kCode + kCodeSize) >> 2);
    write_csr(kPmpcfg0, 0x0d000b00);
}

void RandomRig::write_csr(u32 number, u64 value) { riscv::write_csr(hart_, number, value); }

void RandomRig::load(const Sequence& sequence) {
    u64 at = kCode;
    auto put = [&](u32 bits, unsigned size) {
        memory_.store_ram(at, size, bits);
        at += size;
    };
    for (const random_test::Instruction& insn : sequence.code) put(insn.bits, insn.length);
    put(kEcall, 4);
    for (u64 offset = 0; offset < kWindowSize; offset += 8)
        memory_.store_ram(kWindow + offset, 8, (offset + 1) * 0x9e3779b97f4a7c15);
    hart_.priv = Priv::kMachine;
    hart_.update_context();
    write_csr(kMstatus, riscv::kMstatusFs);
    write_csr(kFcsr, sequence.fcsr);
    write_csr(kMstatus, u64{sequence.fs} << riscv::kMstatusFsShift);
    hart_.mcause = hart_.mepc = hart_.mtval = 0;
    for (unsigned i = 0; i < 32; ++i) {
        hart_.set_x(i, hart_.xlen_value(resolve(sequence.x[i])));
        hart_.regs[riscv::kFirstF + i] = sequence.f[i];
    }
    hart_.regs[riscv::kNoRd] = 0;
    hart_.reservation = {};
    hart_.pc = kCode;
    hart_.priv = Priv::kUser;
    hart_.update_context();
    hart_.exit_request = 0;
    begun_ = hart_.begun();
    retired_ = hart_.retired();
}

void RandomRig::run_slices(u64 instructions, i64 slice) {
    const u64 end = hart_.begun() + instructions;
    while (hart_.begun() < end)
        engine_->run(hart_, std::min(slice, static_cast<i64>(end - hart_.begun())));
}

Outcome RandomRig::capture() const {
    Outcome outcome;
    for (unsigned i = 0; i < 32; ++i) {
        outcome.x[i] = hart_.x(i);
        outcome.f[i] = hart_.regs[riscv::kFirstF + i];
    }
    outcome.pc = hart_.pc;
    outcome.priv = static_cast<u64>(hart_.priv);
    outcome.begun = hart_.begun() - begun_;
    outcome.retired = hart_.retired() - retired_;
    outcome.fcsr = u64{hart_.frm} << 5 | hart_.fflags();
    outcome.mstatus = hart_.mstatus;
    outcome.mcause = hart_.mcause;
    outcome.mepc = hart_.mepc;
    outcome.mtval = hart_.mtval;
    const std::byte* window = memory_.host(kWindow);
    outcome.window.assign(window, window + kWindowSize);
    return outcome;
}

// Goes on behind the instruction that trapped; false: that was the closing ecall, or none did.
bool RandomRig::skip_trapped(const Sequence& sequence) {
    if (hart_.priv != Priv::kMachine) return false;
    u64 at = kCode;
    for (const random_test::Instruction& insn : sequence.code) {
        if (hart_.mepc == at) {
            hart_.pc = at + insn.length;
            hart_.priv = Priv::kUser;
            hart_.update_context();
            return true;
        }
        at += insn.length;
    }
    return false;
}

std::vector<Outcome> RandomRig::run(const Sequence& sequence, i64 slice) {
    load(sequence);
    std::vector<Outcome> outcomes;
    do {
        run_slices(sequence.code.size() + 2, slice);
        outcomes.push_back(capture());
    } while (outcomes.size() < kMostTraps && skip_trapped(sequence));
    return outcomes;
}

std::string describe_difference(const Outcome& expected, const Outcome& got) {
    std::string text;
    auto compare = [&](std::string_view name, u64 a, u64 b) {
        if (a != b) text += fmt::format("    {}: expected {:#x}, got {:#x}\n", name, a, b);
    };
    for (unsigned i = 0; i < 32; ++i) {
        compare(riscv::kXNames[i], expected.x[i], got.x[i]);
        compare(riscv::kFNames[i], expected.f[i], got.f[i]);
    }
    compare("pc", expected.pc, got.pc);
    compare("priv", expected.priv, got.priv);
    compare("instructions begun", expected.begun, got.begun);
    compare("instructions retired", expected.retired, got.retired);
    compare("fcsr", expected.fcsr, got.fcsr);
    compare("mstatus", expected.mstatus, got.mstatus);
    compare("mcause", expected.mcause, got.mcause);
    compare("mepc", expected.mepc, got.mepc);
    compare("mtval", expected.mtval, got.mtval);
    for (u64 i = 0; i < expected.window.size(); ++i) {
        compare(fmt::format("window+{:#x}", i), std::to_integer<u64>(expected.window[i]),
                std::to_integer<u64>(got.window[i]));
    }
    return text;
}

}  // namespace kiln::ir_test
