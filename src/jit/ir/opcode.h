// The operations as an enumeration, and what the table says of each.
#pragma once

#include <array>
#include <string_view>

#include "jit/ir/type.h"

namespace kiln::ir {

enum class Opcode : u8 {
#define OPCODE(name, signature, effect, immediate) name,
#include "jit/ir/opcodes.inc"
#undef OPCODE
    kCount,
};
inline constexpr size_t kOpcodeCount = static_cast<size_t>(Opcode::kCount);

// See opcodes.inc.
enum class Effect : u8 { kPure, kReads, kFlags, kWrites, kOrders, kFaults, kAccess };

// What Inst::imm holds.
enum class Imm : u8 {
    kNone,
    kValue,     // the constant, without bits beyond its type
    kState,     // StateOffset
    kOffset,    // signed: added to the entry's pc, or to the address operand
    kRounding,  // enum Rounding
    kFlagBits,  // flags, numbered as RISC-V's fflags
    kProbe,     // pack_probe
    kOrder,     // enum Order
    kAtomic,    // pack_atomic
    kFence,     // enum FenceBits
    kCause,     // the guest's number of the trap
    kHelper,    // index in Block::helpers
};

inline constexpr size_t kMaxOperands = 4;

struct OpcodeInfo {
    std::string_view name;
    Effect effect;
    Imm immediate;
    u8 arity;
    char result;  // letters of the signature
    std::array<char, kMaxOperands> operands;

    constexpr bool has_result() const { return result != '-'; }
};

consteval OpcodeInfo describe(std::string_view name, std::string_view signature, Effect effect,
                              Imm immediate) {
    OpcodeInfo info{name,         effect, immediate, static_cast<u8>(signature.size() - 2),
                    signature[0], {}};
    for (size_t i = 0; i < info.arity; ++i) info.operands[i] = signature[i + 2];
    return info;
}

inline constexpr std::array<OpcodeInfo, kOpcodeCount> kOpcodes = {
#define OPCODE(name, signature, effect, immediate) \
    describe(#name, signature, Effect::effect, Imm::immediate),
#include "jit/ir/opcodes.inc"
#undef OPCODE
};

constexpr const OpcodeInfo& info_of(Opcode opcode) { return kOpcodes[static_cast<size_t>(opcode)]; }
// Whether an operation may leave the block, and so owns side exits.
constexpr bool has_exits(Opcode opcode) { return info_of(opcode).effect >= Effect::kFaults; }
constexpr bool may_stop(Opcode opcode) { return info_of(opcode).effect == Effect::kAccess; }

constexpr u64 pack_probe(u32 size, Access access) {
    return u64{size} << 8 | static_cast<u64>(access);
}
constexpr u32 probe_size(u64 imm) { return static_cast<u32>(imm >> 8); }
constexpr Access probe_access(u64 imm) { return static_cast<Access>(imm & 0xff); }
constexpr u64 pack_atomic(AtomicOp op, Order order) {
    return static_cast<u64>(op) << 8 | static_cast<u64>(order);
}
constexpr AtomicOp atomic_op(u64 imm) { return static_cast<AtomicOp>(imm >> 8); }
constexpr Order atomic_order(u64 imm) { return static_cast<Order>(imm & 0xff); }

}  // namespace kiln::ir
