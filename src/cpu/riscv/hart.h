// A RISC-V hart: the engine's CpuState plus the architecture's own state, all of it plain data,
// and the operations on it that keep derived state right.
//
// mstatus is kept in its 64-bit form for RV32 too (mstatush is its upper half).
#pragma once

#include <array>
#include <memory>

#include "cpu/cpu_state.h"
#include "cpu/memory.h"
#include "cpu/riscv/isa.h"
#include "cpu/riscv/pmp.h"
#include "cpu/tlb.h"
#include "cpu/user_windows.h"
#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln::riscv {

// Fields of mstatus.
inline constexpr u64 kMstatusSie = 1u << 1;
inline constexpr u64 kMstatusMie = 1u << 3;
inline constexpr u64 kMstatusSpie = 1u << 5;
inline constexpr u64 kMstatusMpie = 1u << 7;
inline constexpr u64 kMstatusSpp = 1u << 8;
inline constexpr unsigned kMstatusMppShift = 11;
inline constexpr u64 kMstatusMpp = 3u << 11;
inline constexpr unsigned kMstatusFsShift = 13;
inline constexpr u64 kMstatusFs = 3u << 13;
inline constexpr u64 kMstatusMprv = 1u << 17;
inline constexpr u64 kMstatusSum = 1u << 18;
inline constexpr u64 kMstatusMxr = 1u << 19;
inline constexpr u64 kMstatusTvm = 1u << 20;
inline constexpr u64 kMstatusTw = 1u << 21;
inline constexpr u64 kMstatusTsr = 1u << 22;

// Interrupts: bits of mip and mie, and numbers of a hart's inputs.
enum Irq : unsigned {
    kIrqSSoft = 1,
    kIrqMSoft = 3,
    kIrqSTimer = 5,
    kIrqMTimer = 7,
    kIrqSExternal = 9,
    kIrqMExternal = 11,
};
constexpr u64 irq_bit(Irq irq) { return u64{1} << irq; }

// Fields of menvcfg and senvcfg.
inline constexpr u64 kEnvFiom = 1;
inline constexpr unsigned kEnvCbieShift = 4;
inline constexpr u64 kEnvCbie = 3u << 4;
inline constexpr u64 kEnvCbcfe = 1u << 6;
inline constexpr u64 kEnvCbze = 1u << 7;
inline constexpr u64 kEnvAdue = u64{1} << 61;
inline constexpr u64 kEnvStce = u64{1} << 63;

// Soft TLBs of a hart, one for each way that data addresses are checked.
enum TlbContext : u8 { kTlbUser, kTlbSupervisor, kTlbSupervisorSum, kTlbMachine, kTlbContexts };

struct Reservation {
    bool valid = false;
    u64 address = 0;  // physical
    u64 value = 0;
    u8 size = 0;
    bool operator==(const Reservation&) const = default;
};

struct TrapCounts {
    std::array<u64, 16> exceptions{};
    std::array<u64, 16> interrupts{};
};

struct MissCounts {
    u64 load = 0;
    u64 store = 0;
    u64 fetch = 0;
};

class Hart final : public CpuState, public IrqSink, public TlbOwner {
  public:
    // `time` gives the `time` CSR. The hart starts in M-mode, reset.
    Hart(u32 hart_id, const Isa& hart_isa, Memory& ram, Clock& time);

    // State as after reset, pc at `start`; registers keep their values.
    void reset(u64 start);

    // The architecture's state and the counts, saved or loaded; the latter drops what the engine
    // derived from it. Throws as StateArchive does.
    void state(StateArchive& archive);

    u64 x(unsigned reg) const { return regs[reg]; }
    void set_x(unsigned reg, u64 value) {
        if (reg != 0) regs[reg] = value;
    }

    bool is_rv32() const { return isa.xlen == 32; }
    // Value of XLEN bits in the low part; the upper half is zero for RV32.
    u64 xlen_value(u64 value) const { return is_rv32() ? static_cast<u32>(value) : value; }

    // mip as software sees it: lines, software bits, and the Sstc timer.
    u64 pending() const;
    // Takes the highest interrupt that is pending and enabled, if any: changes pc and mode.
    void take_interrupt();
    // Whether an interrupt is pending and enabled in mie, whatever the global enables say (wfi).
    bool wakes() const { return (pending() & mie) != 0; }
    // Takes the trap that was raised, at instruction `pc`.
    void deliver_trap();

    // Whether data accesses may go through native.window: they are not translated, and there is
    // one.
    bool direct() const { return native.window.limit != 0; }
    // Recomputes what follows from mode, mstatus, frm and satp. Call after any change of them.
    void update_context();
    // Recomputes what follows from PMP and watchpoints. Call after any change of them.
    void update_protection();
    // Drops every translation; also what the engine derived from them.
    void flush_translations();
    // The same for those of one address space (satp.ASID): those of others may stay.
    void flush_space(u64 asid);
    // satp is another one than `old`: translations that no fence was asked for may stay where both
    // name their address space by a number.
    void change_space(u64 old);
    // Drops the translations of the page at `address`.
    void flush_page(u64 address);
    // A superpage that covers [first, last] was put into the TLB.
    void note_superpage(u64 first, u64 last);
    // See Guest.
    void open_user_windows();
    bool note_window_fault() noexcept;
    void map_in_window(u64 address, unsigned bytes) noexcept;
    // Whether all that user code may address is one piece of a user window: under Sv32 and Sv39.
    bool user_window_is_whole() const { return is_rv32() || satp >> 60 == 8; }
    bool has_user_window() const { return has_user_window_; }
    // nullptr: there are none.
    const UserWindows* user_windows() const { return user_windows_.get(); }
    // Tells the hart that guest time went on, for the Sstc timer.
    void update_timer();

    // Sticky flags and rounding mode in one place: fcsr.
    u32 fflags() const;
    void set_fflags(u32 flags);
    void set_frm(u32 rm);

    // Instructions retired, as minstret counts without its offset.
    u64 retired() const { return begun() - trapped; }
    // Privilege that data accesses are checked with (MPRV).
    Priv data_priv() const;

    void set_irq(unsigned input, bool level) noexcept override;
    void guard_page(u64 host_page) noexcept override;
    void drop_stores() noexcept override;
    void drop_page(u64 page, bool fetched) noexcept override;
    void drop_all() noexcept override;
    void drop_windows() noexcept override;

    const u32 id;
    const Isa isa;
    Clock& clock;

    Priv priv = Priv::kMachine;
    bool waiting = false;  // in wfi
    u8 frm = 0;
    u64 irq_lines = 0;
    u64 soft_mip = 0;     // SSIP, STIP, SEIP as written by software
    bool stimer = false;  // time >= stimecmp
    u64 mstatus = 0, medeleg = 0, mideleg = 0, mie = 0, mtvec = 0, mepc = 0, mcause = 0, mtval = 0;
    u64 mscratch = 0, mcounteren = 0, mcountinhibit = 0, menvcfg = 0;
    u64 stvec = 0, sepc = 0, scause = 0, stval = 0, sscratch = 0, scounteren = 0, senvcfg = 0;
    u64 satp = 0, stimecmp = ~u64{0};
    // Added to the counts of the machine to give the CSRs; while inhibited: the CSRs themselves.
    u64 mcycle_offset = 0, minstret_offset = 0;
    Pmp pmp;
    Reservation reservation;

    u64 trapped = 0;  // instructions begun that did not retire
    TrapCounts traps;
    MissCounts misses;

  private:
    void csr_state(StateArchive& archive);
    void enter_trap(u64 cause, bool interrupt, u64 value);
    bool in_superpage(u64 address) const {
        return address >= superpage_first_ && address <= superpage_last_;
    }
    void find_windows();
    void update_window(Priv data);
    void flush_tlbs();
    u64 asid_of(u64 space) const;
    void drop_windows_of(u64 asid);
    void map_page_in_window(u64 page) noexcept;
    void drop_mapped_page(u64 address) noexcept;
    void update_user_window(bool wanted);

    std::array<Tlb, kTlbContexts> tlbs_;
    std::array<DirectWindow, 4> windows_;  // by privilege
    std::unique_ptr<UserWindows> user_windows_;
    bool has_user_window_ = false;
    // Counts the changes of the mapping.
    u64 generation_ = 0;
    // Addresses that superpages in the TLBs cover: a flush by address in between drops everything.
    u64 superpage_first_ = ~u64{0};
    u64 superpage_last_ = 0;
};

inline Hart& hart_of(CpuState& state) { return static_cast<Hart&>(state); }

}  // namespace kiln::riscv
