#include "random/system/privileged.h"

#include <vector>

#include "random/profile.h"

namespace kiln::random_test {
namespace {

using riscv::InsnId;
using riscv::InsnInfo;
using riscv::Isa;
using riscv::Operands;
using riscv::Priv;

constexpr u32 kNopBits = 0x00000013;
constexpr u32 kLastFloatCsr = 3;
constexpr u64 kMsip = 0x02000000;

// ---- CSRs ----

u64 satp_value(Rng& rng, const Isa& isa) {
    // Roots: Sv32 1, Sv39 2, Sv48 3 levels above the leaves.
    if (isa.xlen == 32) return rng.percent(35) ? 0 : u64{1} << 31 | table_address(1) >> 12;
    switch (rng.below(10)) {
        case 0:
        case 1:
        case 2:
            return 0;
        case 3:
        case 4:
            return u64{9} << 60 | table_address(3) >> 12;
        default:
            return u64{8} << 60 | table_address(2) >> 12;
    }
}
u64 stvec_value(Rng& rng, const Isa&) { return SYSTEM_VECTOR | rng.below(2); }
u64 code_address(Rng& rng, const Isa&) {
    return rng.percent(90) ? kSystemStart + 2 * rng.below(40) : rng.bits() & ~u64{1};
}
u64 pmp_address(Rng& rng, const Isa&) {
    const u64 page = rng.pick({kSystemWindow, kSystemCode, table_address(0), table_address(1)});
    u64 address = page + 0x1000 * rng.below(3);
    if (rng.percent(40)) address += rng.below(0x1000) & ~u64{7};
    const u64 napot = rng.percent(50) ? (u64{1} << rng.below(11)) - 1 : 0;
    return (address >> 2 & ~napot) | napot;
}
// mpp 2 is reserved: never written, and never made by a change of single bits.
u64 status_value(Rng& rng, const Isa&) {
    constexpr u64 kBits = riscv::kMstatusSie | riscv::kMstatusMie | riscv::kMstatusSpie |
                          riscv::kMstatusMpie | riscv::kMstatusSpp | riscv::kMstatusFs |
                          riscv::kMstatusMprv | riscv::kMstatusSum | riscv::kMstatusMxr |
                          riscv::kMstatusTvm | riscv::kMstatusTw | riscv::kMstatusTsr;
    return (rng.bits() & kBits) | (rng.percent(50) ? riscv::kMstatusMpp : 0);
}

constexpr u64 kDelegable = 0xa1fc;  // neither fetch faults, which end a case, nor S-mode's ecall
constexpr u64 kSupervisorIrqs = 0x222;
constexpr u64 kMachineIrqs = 0xa2a;  // without the watchdog's
constexpr u64 kStatusBits = riscv::kMstatusSie | riscv::kMstatusSpie | riscv::kMstatusSpp |
                            riscv::kMstatusFs | riscv::kMstatusSum | riscv::kMstatusMxr;
constexpr u64 kAny = ~u64{0};

constexpr CsrChoice pmpaddr(unsigned i) {
    return {0x3b0 + i, static_cast<SystemCsr>(static_cast<unsigned>(SystemCsr::kPmpaddr0) + i), 0,
            pmp_address, false};
}
constexpr CsrChoice kCsrs[] = {
    {0x302, SystemCsr::kMedeleg, kDelegable, nullptr, false},
    {0x303, SystemCsr::kMideleg, kSupervisorIrqs, nullptr, false},
    {0x304, SystemCsr::kMie, kMachineIrqs, nullptr, false},
    {0x344, SystemCsr::kMip, kSupervisorIrqs, nullptr, false},
    {0x306, SystemCsr::kMcounteren, 7, nullptr, false},
    {0x106, SystemCsr::kScounteren, 7, nullptr, false},
    {0x180, SystemCsr::kSatp, 0, satp_value, false},
    {0x105, SystemCsr::kStvec, 0, stvec_value, false},
    {0x141, SystemCsr::kSepc, 0, code_address, false},
    {0x140, SystemCsr::kSscratch, kAny, nullptr, false},
    {0x142, SystemCsr::kScause, 0xf, nullptr, false},
    {0x143, SystemCsr::kStval, kAny, nullptr, false},
    pmpaddr(0),
    pmpaddr(1),
    pmpaddr(2),
    pmpaddr(3),
    {0x300, std::nullopt, 0, status_value, false},
    {0x100, std::nullopt, kStatusBits, nullptr, false},
    {0x104, std::nullopt, kSupervisorIrqs, nullptr, false},
    {0x144, std::nullopt, 2, nullptr, false},
    {0x341, std::nullopt, 0, code_address, false},
    {0x342, std::nullopt, 0xf, nullptr, false},
    {0x343, std::nullopt, kAny, nullptr, false},
    {0xb00, std::nullopt, 0, nullptr, true},
    {0xb02, std::nullopt, 0, nullptr, true},
    {0xc00, std::nullopt, 0, nullptr, true},
    {0xc01, std::nullopt, 0, nullptr, true},
    {0xc02, std::nullopt, 0, nullptr, true},
};
constexpr u32 kMstatus = 0x300, kSstatus = 0x100, kMie = 0x304, kMip = 0x344, kSip = 0x144;

// ---- Instructions ----

bool accesses_csr(const Instruction& insn) {
    return insn_info(insn.id).form.syntax.find('c') != std::string_view::npos;
}

class Editor {
  public:
    Editor(Sequence& sequence, const PrivilegedOptions& options, Rng& rng)
        : sequence_(sequence), options_(options), rng_(rng) {
        for (const Instruction& insn : sequence.code) {
            const riscv::Insn decoded = decode(insn.bits, options.isa, {});
            if (insn_info(decoded.id).writes_x()) written_ |= u64{1} << decoded.operands.rd;
        }
    }

    void edit() {
        for (Instruction& insn : sequence_.code) {
            if (breaks_harness(insn)) insn = nop(insn.length);
            // Jumps keep their place: targets are worked out.
            if (insn.length != 4 || flow_of(insn.id) != Flow::kNone || !rng_.percent(30)) continue;
            replace(insn);
        }
    }

  private:
    static Instruction nop(u8 length) {
        return length == 4 ? Instruction{kNopBits, 4, kNopBits, InsnId::addi}
                           : Instruction{1, 2, 1, InsnId::c_nop};
    }

    // CSRs that nobody chose; and jumps in M-mode that could go anywhere.
    bool breaks_harness(const Instruction& insn) const {
        if (accesses_csr(insn)) {
            const u32 number = insn.bits >> 20;
            return number == 0 || number > kLastFloatCsr;
        }
        return options_.priv == Priv::kMachine && flow_of(insn.id) == Flow::kRegister;
    }

    void put(Instruction& insn, InsnId id, const Operands& operands) {
        const u32 bits = encode(id, operands);
        insn = {bits, 4, bits, id};
    }

    void replace(Instruction& insn) {
        const u64 ticket = rng_.below(100);
        if (ticket < 50) return put_csr(insn);
        if (ticket < 70) return put_access(insn);
        constexpr InsnId kSimple[] = {InsnId::sret,       InsnId::sret,   InsnId::mret,
                                      InsnId::ecall,      InsnId::ebreak, InsnId::wfi,
                                      InsnId::sfence_vma, InsnId::fence_i};
        const InsnId id = rng_.pick(std::span<const InsnId>(kSimple));
        const bool returns = id == InsnId::sret || id == InsnId::mret;
        if (returns && options_.priv == Priv::kMachine && !options_.exact && options_.mprv) return;
        Operands operands;
        if (id == InsnId::sfence_vma && rng_.percent(50)) {
            operands.rs1 = static_cast<u8>(rng_.below(32));
            operands.rs2 = static_cast<u8>(rng_.percent(50) ? 0 : rng_.below(32));
        }
        put(insn, id, operands);
    }

    void put_csr(Instruction& insn) {
        const CsrChoice& choice = rng_.pick(csr_choices());
        Operands operands;
        operands.imm = static_cast<i32>(choice.number);
        operands.rd = static_cast<u8>(rng_.percent(70) ? rng_.below(32) : 0);
        if (claimed(operands.rd)) operands.rd = 0;
        InsnId id = rng_.pick({InsnId::csrrw, InsnId::csrrs, InsnId::csrrc});
        if (choice.exact) {
            id = InsnId::csrrs;
            if (!options_.exact) operands.rd = 0;
        } else {
            if (choice.number == kMstatus) id = InsnId::csrrw;
            if (choice.number == kMie && id == InsnId::csrrw) id = InsnId::csrrs;
            if (choice.special != nullptr && id == InsnId::csrrc) id = InsnId::csrrw;
            if (choice.special != nullptr && id == InsnId::csrrs) id = InsnId::csrrw;
            operands.rs1 = new_register({Base::kNone, csr_value(choice, options_, rng_)});
            if (operands.rs1 == 0) id = InsnId::csrrs;
        }
        if (operands.rd != 0) written_ |= u64{1} << operands.rd;
        put(insn, id, operands);
    }

    // A load, store or atomic through another address of what can be reached.
    void put_access(Instruction& insn) {
        constexpr InsnId kAccesses[] = {InsnId::lw,  InsnId::lh,       InsnId::sw,
                                        InsnId::sb,  InsnId::fld,      InsnId::fsd,
                                        InsnId::flw, InsnId::amoadd_w, InsnId::lr_w};
        const InsnId id = rng_.pick(std::span<const InsnId>(kAccesses));
        const InsnInfo& info = insn_info(id);
        Operands operands;
        const u8 any = static_cast<u8>(rng_.below(32));
        operands.rd = info.writes_x() && claimed(any) ? u8{0} : any;
        operands.rs2 = static_cast<u8>(rng_.below(32));
        if (places_.empty() || rng_.percent(40)) {
            const u8 reg = new_register(random_place());
            if (reg == 0) return;
            places_.push_back(reg);
        }
        operands.rs1 = places_[rng_.below(places_.size())];
        if (info.imm_runs != 0) operands.imm = static_cast<i32>(4 * rng_.between(-8, 8));
        if (info.writes_x() && operands.rd != 0) written_ |= u64{1} << operands.rd;
        put(insn, id, operands);
    }

    Value random_place() {
        const u64 offset = 8 * rng_.below(0x200);
        switch (rng_.below(options_.exact ? 7 : 4)) {
            case 0:
                return {Base::kNone, kAliases + 0x1000 * rng_.below(2) + offset};
            case 1:
                return {Base::kNone, super_address(options_.isa.xlen == 32) +
                                         (kSystemWindow - IMAGE_START) + offset};
            case 2:
                return {Base::kNone,
                        pte_address(rng_.below(SYSTEM_PTE_COUNT), options_.isa.xlen == 32)};
            case 3:
                return {Base::kWindow, kWindowMiddle + offset - 0x800};
            case 4:
            case 5:
                return {Base::kNone, kSystemStart + 4 * rng_.below(40)};
            default:
                return {Base::kNone, kMsip + 4 * rng_.below(SYSTEM_HARTS)};
        }
    }

    bool claimed(u8 reg) const { return (claimed_ >> reg & 1) != 0; }

    // A register that only this value is put into; 0: there is none left.
    u8 new_register(const Value& value) {
        for (unsigned tries = 0; tries < 8; ++tries) {
            const auto reg = static_cast<u8>(rng_.between(1, 31));
            const bool jump_base = sequence_.x[reg].base == Base::kCode;
            if ((written_ >> reg & 1) != 0 || claimed(reg) || jump_base) continue;
            claimed_ |= u64{1} << reg;
            sequence_.x[reg] = value;
            return reg;
        }
        return 0;
    }

    Sequence& sequence_;
    const PrivilegedOptions& options_;
    Rng& rng_;
    u64 written_ = 0;
    u64 claimed_ = 1;         // registers with a value that an instruction wants
    std::vector<u8> places_;  // those of put_access
};

}  // namespace

std::span<const CsrChoice> csr_choices() { return kCsrs; }

u64 csr_value(const CsrChoice& choice, const PrivilegedOptions& options, Rng& rng) {
    const Isa& isa = options.isa;
    u64 value = choice.special != nullptr ? choice.special(rng, isa) : rng.bits() & choice.mask;
    // How precisely FS tells clean from dirty is left to the implementation: off or dirty.
    const bool status = choice.number == kMstatus || choice.number == kSstatus;
    if (status && !options.exact && (value & riscv::kMstatusFs) != 0) value |= riscv::kMstatusFs;
    if (choice.number == kMstatus && !options.mprv) value &= ~riscv::kMstatusMprv;
    if (choice.number == kMip || choice.number == kSip) value &= options.pending;
    return isa.xlen == 32 ? static_cast<u32>(value) : value;
}

void add_privileged(Sequence& sequence, const PrivilegedOptions& options, Rng& rng) {
    Editor(sequence, options, rng).edit();
}

}  // namespace kiln::random_test
