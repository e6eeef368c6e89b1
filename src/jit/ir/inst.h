// One operation of a block.
#pragma once

#include <array>
#include <type_traits>

#include "jit/ir/opcode.h"

namespace kiln::ir {

// The name of a value: the index of the instruction that makes it.
using ValueId = u32;
inline constexpr ValueId kNoValue = ~ValueId{0};

inline constexpr u32 kNoExits = ~u32{0};

struct Inst {
    Opcode opcode;
    Type type;             // of the result; kNone: there is none
    u16 point;             // the guest instruction that it belongs to, in Block::points
    u32 exits = kNoExits;  // in Block::exits; kNoExits: nothing is to be written back
    std::array<ValueId, kMaxOperands> operands{kNoValue, kNoValue, kNoValue, kNoValue};
    u64 imm = 0;

    u8 arity() const { return info_of(opcode).arity; }
    bool operator==(const Inst&) const = default;
};
static_assert(sizeof(Inst) == 32 && std::is_trivially_copyable_v<Inst>);

// Whether a NaN that the operation makes is quiet, as the canonical one.
inline bool makes_quiet_nans(const Inst& inst) {
    return info_of(inst.opcode).effect == Effect::kFlags && is_float(inst.type);
}

}  // namespace kiln::ir
