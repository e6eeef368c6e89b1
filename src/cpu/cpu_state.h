// The part of a hart that the engine, the backends and the helpers know for every guest
// architecture. A guest's hart derives from it.
#pragma once

#include <array>
#include <cstddef>

#include "cpu/native_state.h"
#include "cpu/tlb.h"
#include "support/int.h"

namespace kiln {

class DebugPoints;
class Memory;

inline constexpr size_t kRegisterSlots = 80;

// Why the run must end after the instruction under way (bits of CpuState::exit_request).
enum ExitRequest : u32 {
    kExitPoll = 1,         // interrupts may have become deliverable
    kExitModeChanged = 2,  // mode word, translation or permissions changed
    kExitCodeChanged = 4,  // translated code was dropped
    kExitWait = 8,         // the hart waits for an interrupt
    kExitMachine = 16,     // the machine wants control (power off, reset, HTIF)
    kExitYield = 32,       // the hart spins: let others run
    kExitWindow = 64,      // there is no user window any more, of which the guest sees nothing
};

// What a memory operation may touch: everything; or only RAM that is not guarded, for native code,
// which leaves the rest to the interpreter.
enum class Reach : u8 { kEverything, kPlainRam };

// Cause of a trap that stands for: the instruction under way goes beyond CpuState::reach, or does
// what a debugger watches, and has changed nothing. It never reaches the guest.
inline constexpr u64 kBeyondReach = ~u64{0};

// A translated block by its virtual address; valid while the hart's fetch_key is `key`.
struct JumpCacheEntry {
    u64 pc;
    u64 key;
    const void* code;
    i64 count;  // instructions of the block
};
inline constexpr u64 kJumpCacheEntries = 4096;
constexpr u64 jump_cache_index(u64 pc) { return (pc >> 1) & (kJumpCacheEntries - 1); }

struct CpuState {
    // The register file: what its slots hold is the guest architecture's business.
    std::array<u64, kRegisterSlots> regs{};
    // State at a block boundary: the next instruction's address.
    u64 pc = 0;
    // Instructions that may still begin in this slice. Inside a slice exact only where a helper or
    // slow path runs: then it does not count the instruction under way any more.
    i64 budget = 0;
    // Instructions begun before this slice plus the slice's whole budget: begun so far is
    // `begun_limit - budget`.
    u64 begun_limit = 0;
    // Identifies the mapping's generation and the mode word; inline caches and links between
    // blocks on different pages hold only while it is unchanged.
    u64 fetch_key = 0;
    u32 exit_request = 0;  // bits of ExitRequest
    // A trap raised by the instruction under way and not delivered yet.
    bool trap_pending = false;
    // The guest's rounding mode, when MXCSR expresses it, else 0xff; and the same for fused
    // multiply-add, which some hosts lack.
    u8 host_rounding = 0;
    u8 host_fma_rounding = 0;
    // How far instructions go: what is beyond it, and any helper where it is kPlainRam, raises
    // kBeyondReach.
    Reach reach = Reach::kEverything;
    // MXCSR for guest code, kept here while host code runs.
    u32 mxcsr = 0x1f80;
    // Sticky flags raised by software, numbered as RISC-V's fflags.
    u32 soft_fflags = 0;
    u64 trap_cause = 0;
    u64 trap_value = 0;
    Tlb* tlb = nullptr;                    // of the current privilege context
    JumpCacheEntry* jump_cache = nullptr;  // the engine's
    // The operation whose link number `open_link` was not made yet when execution left through it
    // (nullptr: none), and the pc of its block; the engine's.
    const void* open_op = nullptr;
    u64 open_pc = 0;
    u32 open_link = 0;
    Memory* memory = nullptr;
    // Where a debugger wants the hart to stop; nullptr: there is none.
    DebugPoints* debug = nullptr;
    NativeState native;

    // What comes next is not where execution was going when it left translated code.
    void forget_way() {
        open_op = nullptr;
        native.exit = 0;
    }

    u64 begun() const { return begun_limit - static_cast<u64>(budget); }

    void raise(u64 cause, u64 value) noexcept {
        trap_pending = true;
        trap_cause = cause;
        trap_value = value;
    }
};

}  // namespace kiln
