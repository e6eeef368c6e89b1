// What the engine and the backends need of a guest architecture. RV32 and RV64 are the models
// (cpu/riscv/guest.h).
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include "cpu/cpu_state.h"
#include "cpu/emitter.h"
#include "support/int.h"

namespace kiln {

// Where instructions come from: the guest-physical address, and whether the whole page behind it
// may be executed alike.
struct FetchPage {
    u64 physical;
    bool uniform;
};

// The bit of the mode word that says that data accesses may go through NativeState::window.
inline constexpr u64 kModeDirect = 0x80;
// With it: that the window is all of RAM (DirectWindow::whole).
inline constexpr u64 kModeWhole = 0x100;
// That NativeState::user_window is the user window that data accesses, which are user code's, may
// go through where their address is below kUserPieceBytes.
inline constexpr u64 kModeUserWindow = 0x200;
// The same where it is a table of pieces (UserWindows), and the address is below 2^kUserTableBits.
inline constexpr u64 kModeUserTable = 0x400;

// A decoded instruction of guest G.
template <class G>
struct DecodedInsn {
    u32 id;     // row of the guest's table that has the meaning
    u8 length;  // bytes; 0 for bookkeeping that is no instruction of the program
    bool ends_block;
    typename G::Operands operands;
};

template <class G>
concept Guest = requires(typename G::Hart& hart, u64 word, unsigned size, u64& out, bool& flag,
                         FetchPage& page, std::span<const std::byte> bytes) {
    // Derives from CpuState; everything that the semantics name lies in CpuState.
    requires std::derived_from<typename G::Hart, CpuState>;
    // What it is called in symbols of native code.
    { G::kName } -> std::convertible_to<std::string_view>;
    // Offsets in CpuState of the registers that native code keeps in the host's: the eight integer
    // and the eight floating-point ones that are used most.
    { G::kPinnedInts[0] } -> std::convertible_to<StateOffset>;
    { G::kPinnedFloats[0] } -> std::convertible_to<StateOffset>;
    // Integer type of addresses and of pc.
    requires std::unsigned_integral<typename G::Address>;
    // Eight bytes with a field `index` that the engine may use.
    requires sizeof(typename G::Operands) == 8;
    // Rows of the instruction table. G::template apply<id>(view, operands) is the meaning of row
    // `id`, where `view` is a G::template View<E> over a policy E; G::template exists<id> says
    // whether this guest has the row.
    { G::kInsnCount } -> std::convertible_to<size_t>;
    // Rows that often follow each other: pairs (first, second); the first never ends a block.
    { G::kPairs[0].first } -> std::convertible_to<size_t>;
    // Longest instruction and the unit that instructions are aligned to, in bytes.
    { G::kMaxInsnBytes } -> std::convertible_to<size_t>;
    { G::kInsnAlignment } -> std::convertible_to<size_t>;

    // What the slow paths below change besides CpuState and RAM.
    requires std::equality_comparable<typename G::SlowState>;
    { G::slow_state(hart) } -> std::same_as<typename G::SlowState&>;
    // Name of a slot of CpuState::regs; empty: it holds no register.
    { G::slot_name(size_t{}) } -> std::same_as<std::string_view>;

    // The mode word: what a translation depends on besides its bytes. Opaque, below 2048, but for
    // kModeDirect, kModeWhole, kModeUserWindow and kModeUserTable.
    { G::mode(hart) } -> std::same_as<u64>;
    // Bytes of the instruction that starts with `bytes` (kInsnAlignment of them at least).
    { G::insn_length(bytes) } -> std::same_as<size_t>;
    // Decodes one instruction, which lies in `bytes` whole.
    { G::decode(hart, bytes, word) } -> std::same_as<DecodedInsn<G>>;
    // The same as text, at address `word`.
    { G::disassemble(hart, bytes, word) } -> std::same_as<std::string>;

    // Translates a fetch of `size` bytes at pc, inside one page; false: a trap has been raised.
    { G::fetch(hart, word, size, page) } -> std::same_as<bool>;
    // Slow paths of the emitter's memory operations; false: a trap has been raised.
    // With Reach::kPlainRam also false, without a trap and with nothing changed, where the access
    // goes elsewhere.
    { G::load(hart, word, size, out, Reach::kPlainRam) } -> std::same_as<bool>;
    { G::store(hart, word, size, word, Reach::kPlainRam) } -> std::same_as<bool>;
    { G::probe(hart, word, word, Access::kLoad) } -> std::same_as<bool>;
    { G::load_reserved(hart, word, size, out) } -> std::same_as<bool>;
    { G::store_conditional(hart, word, size, word, flag, Reach::kPlainRam) } -> std::same_as<bool>;
    {
        G::atomic_rmw(hart, AtomicOp::kAdd, word, size, word, out, Reach::kPlainRam)
        } -> std::same_as<bool>;

    // From now on there may be user windows.
    { hart.open_user_windows() } -> std::same_as<void>;
    // Makes what follows from the hart's mode anew.
    { hart.update_context() } -> std::same_as<void>;
    // Native code faulted in the window. False: it is to be left, since there is none any more.
    { hart.note_window_fault() } -> std::same_as<bool>;
    // An access was done of so many bytes at an address: puts into the window what the TLB has of
    // its pages.
    { hart.map_in_window(word, size) } -> std::same_as<void>;

    // Delivers the trap that is pending, or the highest interrupt that can be taken, if any.
    { G::deliver_trap(hart) } -> std::same_as<void>;
    { G::take_interrupt(hart) } -> std::same_as<void>;
};

}  // namespace kiln
