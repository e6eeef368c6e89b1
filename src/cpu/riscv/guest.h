// RV32 and RV64 as models of the Guest concept.
#pragma once

#include <array>
#include <cstring>
#include <utility>

#include "cpu/guest.h"
#include "cpu/riscv/disassemble.h"
#include "cpu/riscv/hart.h"
#include "cpu/riscv/machine_view.h"
#include "cpu/riscv/mmu.h"
#include "cpu/riscv/mode.h"
#include "cpu/riscv/register_names.h"
#include "cpu/riscv/semantics.h"

namespace kiln::riscv {

template <class X>
struct RiscvGuest {
    using Hart = riscv::Hart;
    using Address = X;
    using Operands = riscv::Operands;
    template <class E>
    using View = MachineView<E, X>;

    static constexpr std::string_view kName = sizeof(X) == 4 ? "rv32" : "rv64";
    static constexpr size_t kInsnCount = riscv::kInsnCount;
    static constexpr size_t kMaxInsnBytes = 4;
    static constexpr size_t kInsnAlignment = 2;

    static constexpr std::array<StateOffset, 8> kPinnedInts = {
        x_offset(10), x_offset(11), x_offset(12), x_offset(13),
        x_offset(14), x_offset(15), x_offset(8),  x_offset(2)};
    static constexpr std::array<StateOffset, 8> kPinnedFloats = {
        f_offset(10), f_offset(11), f_offset(12), f_offset(13),
        f_offset(14), f_offset(15), f_offset(16), f_offset(17)};

    // Rows that the interpreter may run with one dispatch.
    static constexpr auto kPairs = std::to_array<std::pair<size_t, size_t>>({
#define PAIR(first, second) \
    {static_cast<size_t>(InsnId::first), static_cast<size_t>(InsnId::second)},
#include "cpu/riscv/pairs.inc"
#undef PAIR
    });

    template <size_t kId>
    static constexpr bool exists = kExists<static_cast<InsnId>(kId), X>;
    template <size_t kId, class M>
    [[gnu::always_inline]] static void apply(M& m, const Operands& operands) {
        Semantics<static_cast<InsnId>(kId)>::apply(m, operands);
    }

    using SlowState = Reservation;
    static SlowState& slow_state(Hart& hart) noexcept { return hart.reservation; }
    static std::string_view slot_name(size_t slot) noexcept {
        if (slot - kFirstX < 32) return kXNames[slot - kFirstX];
        return slot - kFirstF < 32 ? kFNames[slot - kFirstF] : std::string_view{};
    }

    static u64 mode(const Hart& hart) noexcept { return mode_word(hart); }
    static size_t insn_length(std::span<const std::byte> bytes) noexcept {
        return is_long_encoding(static_cast<u32>(bytes[0])) ? 4 : 2;
    }
    static DecodedInsn<RiscvGuest> decode(const Hart& hart, std::span<const std::byte> bytes,
                                          u64 mode) noexcept {
        const Insn insn = riscv::decode(encoding(bytes), hart.isa, decode_mode(mode));
        return {static_cast<u32>(representative(insn.id, hart.isa.xlen)), insn.length,
                insn_info(insn.id).has(kEnd), insn.operands};
    }
    static std::string disassemble(const Hart& hart, std::span<const std::byte> bytes, u64 pc) {
        return riscv::disassemble(encoding(bytes), pc, hart.isa);
    }

    static bool fetch(Hart& hart, u64 pc, unsigned size, FetchPage& page) noexcept {
        return riscv::fetch(hart, pc, size, page);
    }
    static bool load(Hart& hart, u64 address, unsigned size, u64& value,
                     Reach reach = Reach::kEverything) noexcept {
        return riscv::load(hart, address, size, value, reach);
    }
    static bool store(Hart& hart, u64 address, unsigned size, u64 value,
                      Reach reach = Reach::kEverything) noexcept {
        return riscv::store(hart, address, size, value, reach);
    }
    static bool probe(Hart& hart, u64 address, u64 size, Access access) noexcept {
        return riscv::probe(hart, address, size, access);
    }
    static bool load_reserved(Hart& hart, u64 address, unsigned size, u64& value) noexcept {
        return riscv::load_reserved(hart, address, size, value);
    }
    static bool store_conditional(Hart& hart, u64 address, unsigned size, u64 value, bool& stored,
                                  Reach reach = Reach::kEverything) noexcept {
        return riscv::store_conditional(hart, address, size, value, stored, reach);
    }
    static bool atomic_rmw(Hart& hart, AtomicOp op, u64 address, unsigned size, u64 operand,
                           u64& old, Reach reach = Reach::kEverything) noexcept {
        return riscv::atomic_rmw(hart, op, address, size, operand, old, reach);
    }
    static void deliver_trap(Hart& hart) noexcept { hart.deliver_trap(); }
    static void take_interrupt(Hart& hart) noexcept { hart.take_interrupt(); }

  private:
    static u32 encoding(std::span<const std::byte> bytes) noexcept {
        u32 bits = 0;
        std::memcpy(&bits, bytes.data(), insn_length(bytes));
        return bits;
    }
};

using Rv32 = RiscvGuest<u32>;
using Rv64 = RiscvGuest<u64>;

static_assert(Guest<Rv32> && Guest<Rv64>);

}  // namespace kiln::riscv
