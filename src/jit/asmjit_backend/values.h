// Where the values of a block are while its code is written, in one pass from front to back.
//
// A value may be in an integer register, in a floating-point register and in memory at once (its
// slot of guest state while that still holds it, or the frame). The scratch registers are shared
// out as values come and go; a pinned register holds the guest register whose home it is, or
// already the value that will become it. Values in excess go to the frame, those first that are
// needed last.
#pragma once

#include <asmjit/x86.h>
#include <vector>

#include "jit/asmjit_backend/plan.h"

namespace kiln::asmjit_backend {

namespace x86 = asmjit::x86;

// The low part of a register.
inline x86::Gp sized(x86::Gp reg, unsigned bytes) {
    switch (bytes) {
        case 1:
            return reg.r8();
        case 2:
            return reg.r16();
        case 4:
            return reg.r32();
        default:
            return reg.r64();
    }
}

inline constexpr x86::Gp kStateBase = x86::r13;
inline constexpr x86::Gp kBudget = x86::r12;
inline constexpr x86::Gp kMemoryBase = x86::r15;

// A word of CpuState.
inline x86::Mem state_at(u64 offset, u32 bytes = 8) {
    return x86::ptr(kStateBase, static_cast<i32>(offset), bytes);
}

// Thrown where a block needs more of the frame than there is.
struct OutOfFrame {};

enum class Bank : u8 { kInt, kFloat };

class Values {
  public:
    // `memory` outlives it.
    Values(x86::Assembler& a, const ir::Block& block, const Plan& plan,
           std::pmr::memory_resource& memory);

    // Starts the operation at `index`: registers that it asks for stay until the next one starts.
    void begin(u32 index);
    // Lets the operation's registers be used for something else.
    void unlock();
    // Frees what the operation at begin() needed last. Exits must have been recorded.
    void end(const ir::Inst& inst);
    void release(ValueId id);

    // The value in a register, loaded if need be. The register must not be changed.
    x86::Gp gpr(ValueId id);
    x86::Xmm xmm(ValueId id);
    // The value in a register that the operation changes, which is then its only place.
    x86::Gp change_gpr(ValueId id);
    x86::Xmm change_xmm(ValueId id);
    // The value as a second operand of `bytes` bytes: register, memory or, where `immediates`,
    // a constant of 32 bits, sign-extended.
    asmjit::Operand source(ValueId id, unsigned bytes, bool immediates = true);
    // The value as floating-point second operand: register or memory.
    asmjit::Operand float_source(ValueId id, unsigned bytes);
    bool in_gpr(ValueId id) const { return value(id).reg[0] != kNone; }
    bool in_xmm(ValueId id) const { return value(id).reg[1] != kNone; }
    bool is_constant(ValueId id) const { return value(id).constant; }
    // The constant, without bits beyond the type of `id`.
    u64 constant(ValueId id) const {
        return value(id).bits & ir::mask_of(ir::int_like(block_.insts[id].type));
    }
    // Whether the operation under way is the last that needs the value.
    bool dies(ValueId id) const { return plan_[plan_.root(id)].last_use <= index_; }

    // A register for the value that the operation makes: the pinned one that it is to become, else
    // that of `reuse` when this dies here, else a free one. To be asked for after the operands.
    // The register may be an operand's.
    x86::Gp define(ValueId id, ValueId reuse = ir::kNoValue);
    x86::Xmm define_xmm(ValueId id, ValueId reuse = ir::kNoValue);
    // The same, with a copy of `from` in it: the start of operations that change one operand.
    x86::Gp define_copy(ValueId id, ValueId from);
    x86::Xmm define_copy_xmm(ValueId id, ValueId from);
    void define_constant(ValueId id, u64 bits);
    // A value that guest state holds in [offset, offset + bytes of its type).
    void define_state(ValueId id, u64 offset);
    void define_pinned(ValueId id, unsigned pinned);

    // Registers for the operation under way.
    x86::Gp scratch();
    x86::Xmm scratch_xmm();
    // A certain one, that holds nothing then.
    x86::Gp take(x86::Gp which);

    // Writes guest state: a pinned register, or [offset, offset + bytes).
    // `narrows`: to the low 32 bits of the value, zero-extended.
    void set_pinned(unsigned pinned, ValueId id, bool narrows = false);
    // Emits moves between a pinned register and memory; no value is concerned.
    void write_pinned(unsigned pinned, const x86::Mem& to);
    void read_pinned(unsigned pinned, const x86::Mem& from);
    // 32 bits, zero-extended, to an integer one.
    void read_pinned_half(unsigned pinned, const x86::Mem& from);
    void set_state(u64 offset, unsigned bytes, ValueId id);

    // Before a helper that may change guest state: moves what is still needed out of the pinned
    // registers and of guest state.
    void save_from_state();
    // The same for one pinned register, which code then changes by itself.
    void vacate_pinned(unsigned pinned);

    // A value's place, for moves that are emitted when it may have got another one.
    static constexpr u8 kNowhere = 0xff;
    struct Where {
        u8 gpr = kNowhere;
        u8 xmm = kNowhere;
        bool constant = false;
        x86::Mem memory{};
        u64 bits = 0;
    };
    Where where(ValueId id) const;
    // Whether the value was in the pinned register's own place.
    static bool at_home(const Where& where, unsigned pinned);
    // Never changes the flags.
    void move(x86::Gp to, const Where& from);
    void move(x86::Xmm to, const Where& from);
    // Emits a move of the value to a register; the value stays where it is.
    void load(x86::Gp to, ValueId id) { move(to, where(id)); }
    void load(x86::Xmm to, ValueId id) { move(to, where(id)); }

  private:
    static constexpr u8 kNone = kNowhere;
    static constexpr u32 kNoOwner = ~u32{0};
    enum class Memory : u8 { kNone, kGuest, kFrame };

    struct Value {
        std::array<u8, 2> reg{kNone, kNone};  // by bank
        Memory memory = Memory::kNone;
        bool constant = false;
        u32 offset = 0;  // in state or frame
        u64 bits = 0;
    };
    struct Registers {
        std::array<u32, 16> owner;  // root, kNoOwner
        u32 scratch;                // bits of registers that are shared out
        u32 locked = 0;
    };

    Value& value(ValueId id) { return values_[plan_.root(id)]; }
    const Value& value(ValueId id) const { return values_[plan_.root(id)]; }
    Registers& bank(Bank b) { return banks_[static_cast<size_t>(b)]; }
    u8 allocate(Bank b);
    void evict(Bank b, unsigned reg);
    void give(Bank b, unsigned reg, ValueId root);
    void take_away(Bank b, ValueId root);
    u8 define_in(Bank b, ValueId id, ValueId reuse);
    void spill(ValueId root);
    void drop_memory(ValueId root);
    bool needed_later(ValueId root) const { return plan_[root].last_use > index_; }
    // By the operation under way, too.
    bool needed_still(ValueId root) const { return plan_[root].last_use >= index_; }
    x86::Mem memory_of(const Value& v, unsigned bytes) const;

    x86::Assembler& a_;
    const ir::Block& block_;
    const Plan& plan_;
    std::pmr::vector<Value> values_;
    std::array<Registers, 2> banks_;
    std::pmr::vector<ValueId> in_state_;  // roots that guest state holds
    std::array<u64, 2> frame_used_{};
    u32 index_ = 0;
};

}  // namespace kiln::asmjit_backend
