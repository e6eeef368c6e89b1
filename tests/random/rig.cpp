#include "random/rig.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"
#include "cpu/riscv/state.h"

namespace kiln::random_test {
namespace {

using riscv::Priv;

constexpr u64 kRamBase = 0x80000000;
constexpr u64 kRamSize = 0x40000;
constexpr u64 kVector = kRamBase + 0x100;
constexpr u64 kWindow = kRamBase + 0x21000;
constexpr u64 kCode = kRamBase + 0x30000;
constexpr u64 kPartSize = 0x2000;  // of the window and of the code
// Page tables: the root first, one for each further level.
constexpr u64 kTables = kRamBase + 0x38000;
constexpr u32 kLoopForEver = 0x0000006f;
constexpr u32 kEcall = 0x00000073;
constexpr size_t kMostTraps = 24;
constexpr u64 kProtected[] = {kWindow, kWindow + kPageSize, kCode, kCode + kPageSize};

constexpr u32 kMstatus = 0x300, kMtvec = 0x305, kFcsr = 0x003, kSatp = 0x180;
constexpr u32 kPmpcfg0 = 0x3a0, kPmpaddr0 = 0x3b0;
constexpr u8 kPmpTor = 1 << 3, kPmpNapot = 3 << 3;
constexpr u64 kPteValid = 1, kPteUser = 1 << 4, kPteTouched = 3 << 6;

u64 resolve(const Value& value, u64 code) {
    switch (value.base) {
        case Base::kWindow:
            return kWindow + value.offset;
        case Base::kCode:
            return code + value.offset;
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
}

void RandomRig::write_csr(u32 number, u64 value) { riscv::write_csr(hart_, number, value); }

void RandomRig::load_code(const Sequence& sequence) {
    u64 at = code_;
    auto put = [&](u32 bits, unsigned size) {
        memory_.store_ram(at, size, bits);
        at += size;
    };
    for (const Instruction& insn : sequence.code) put(insn.bits, insn.length);
    end_ = at;
    put(kEcall, 4);
}

void RandomRig::protect(const Setting& setting) {
    hart_.priv = Priv::kMachine;
    hart_.update_context();
    write_csr(kSatp, 0);
    if (setting.paged)
        protect_by_pages(setting.rights);
    else
        protect_by_pmp(setting.rights);
}

// Ranges up to the window, its two pages, up to the code, its two pages.
void RandomRig::protect_by_pmp(const std::array<u8, 4>& rights) {
    const std::array<u64, 6> ends = {kWindow, kProtected[1], kWindow + kPartSize,
                                     kCode,   kProtected[3], kCode + kPartSize};
    const std::array<u8, 6> allowed = {0, rights[0], rights[1], 0, rights[2], rights[3]};
    u64 config = 0;
    for (unsigned i = 0; i < ends.size(); ++i) {
        write_csr(kPmpaddr0 + i, ends[i] >> 2);
        config |= u64{static_cast<u8>(kPmpTor | allowed[i])} << 8 * i;
    }
    write_csr(kPmpcfg0, hart_.xlen_value(config));
    if (hart_.is_rv32()) write_csr(kPmpcfg0 + 1, config >> 32);
}

void RandomRig::protect_by_pages(const std::array<u8, 4>& rights) {
    write_csr(kPmpaddr0, ~u64{0});
    write_csr(kPmpcfg0, kPmpNapot | kRead | kWrite | kExecute);
    const bool rv32 = hart_.is_rv32();
    const unsigned levels = rv32 ? 2 : 3, index_bits = rv32 ? 10 : 9, bytes = rv32 ? 4 : 8;
    auto put = [&](u64 table, u64 address, unsigned level, u64 physical, u64 flags) {
        const u64 index = address >> (kPageBits + index_bits * level) & ((1u << index_bits) - 1);
        memory_.store_ram(table + bytes * index, bytes, physical >> 2 | flags);
    };
    u64 table = kTables;
    for (unsigned level = levels - 1; level > 0; --level, table += kPageSize)
        put(table, kRamBase, level, table + kPageSize, kPteValid);
    for (size_t i = 0; i < rights.size(); ++i) {
        const u64 flags =
            rights[i] == 0 ? 0 : u64{rights[i]} << 1 | kPteValid | kPteUser | kPteTouched;
        put(table, kProtected[i], 0, kProtected[i], flags);
    }
    write_csr(kSatp, (rv32 ? u64{1} << 31 : u64{8} << 60) | kTables >> kPageBits);
}

void RandomRig::reset(const Sequence& sequence) {
    for (u64 offset = 0; offset < kPartSize; offset += 8)
        memory_.store_ram(kWindow + offset, 8, (offset + 1) * 0x9e3779b97f4a7c15);
    hart_.priv = Priv::kMachine;
    hart_.update_context();
    write_csr(kMstatus, riscv::kMstatusFs);
    write_csr(kFcsr, sequence.fcsr);
    write_csr(kMstatus, u64{sequence.fs} << riscv::kMstatusFsShift);
    hart_.mcause = hart_.mepc = hart_.mtval = 0;
    for (unsigned i = 0; i < 32; ++i) {
        hart_.set_x(i, hart_.xlen_value(resolve(sequence.x[i], code_)));
        hart_.regs[riscv::kFirstF + i] = sequence.f[i];
    }
    hart_.regs[riscv::kNoRd] = 0;
    hart_.reservation = {};
    hart_.pc = code_;
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
    outcome.window.assign(window, window + kPartSize);
    const std::byte* code = memory_.host(kCode);
    outcome.code.assign(code, code + kPartSize);
    return outcome;
}

// Goes on behind the instruction that trapped; false: that was the closing ecall, or none did.
bool RandomRig::skip_trapped() {
    if (hart_.priv != Priv::kMachine || hart_.mepc < code_ || hart_.mepc >= end_) return false;
    hart_.pc =
        hart_.mepc + (riscv::is_long_encoding(static_cast<u32>(*memory_.host(hart_.mepc))) ? 4 : 2);
    hart_.priv = Priv::kUser;
    hart_.update_context();
    return true;
}

void RandomRig::run_once(const Sequence& sequence, const Setting& setting,
                         std::vector<Outcome>& outcomes) {
    reset(sequence);
    const u64 most = setting.instructions != 0 ? setting.instructions : sequence.code.size() + 2;
    size_t traps = 0;
    do {
        run_slices(most, setting.slice);
        outcomes.push_back(capture());
    } while (++traps < kMostTraps && skip_trapped());
}

std::vector<Outcome> RandomRig::run(const Sequence& sequence, const Setting& setting) {
    code_ = kCode + setting.code_offset;
    load_code(sequence);
    protect(setting);
    std::vector<Outcome> outcomes;
    for (unsigned i = 0; i < setting.runs; ++i) run_once(sequence, setting, outcomes);
    return outcomes;
}

std::string describe_difference(const Outcome& expected, const Outcome& got) {
    std::string text;
    auto compare = [&](std::string_view name, u64 a, u64 b) {
        if (a != b) text += fmt::format("    {}: expected {:#x}, got {:#x}\n", name, a, b);
    };
    auto compare_bytes = [&](std::string_view name, const std::vector<std::byte>& a,
                             const std::vector<std::byte>& b) {
        for (u64 i = 0; i < a.size(); ++i)
            compare(fmt::format("{}+{:#x}", name, i), std::to_integer<u64>(a[i]),
                    std::to_integer<u64>(b[i]));
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
    compare_bytes("window", expected.window, got.window);
    compare_bytes("code", expected.code, got.code);
    return text;
}

}  // namespace kiln::random_test
