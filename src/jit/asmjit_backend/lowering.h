// Writes the host code of one block, in one pass over its IR.
//
// The hot path comes first, in order; what is rarely taken (slow paths, exits) is written behind
// it. Registers and the way in and out: jit/native/convention.h.
#pragma once

#include <memory_resource>
#include <span>
#include <vector>

#include "cpu/memory.h"
#include "jit/asmjit_backend/host.h"
#include "jit/asmjit_backend/values.h"
#include "jit/backend.h"
#include "jit/ir/access_groups.h"

namespace kiln::asmjit_backend {

// Thrown where a block has something that this backend leaves to the interpreter.
struct Unsupported {};

class Lowering {
  public:
    Lowering(asmjit::CodeHolder& code, const ir::Block& block, const CompileSite& site,
             const Host& host, const PinnedSlots& slots, native::CodeSpace& space,
             std::pmr::memory_resource& memory);

    // Writes the code for `target`, whose edges it fills in but for host addresses. Throws
    // OutOfFrame or Unsupported.
    void run(native::Block& target);
    // Most edges that the block's terminal needs.
    static size_t edge_count(const ir::Block& block);

    // Sets the host addresses in `target`, when the code lies at `base`.
    void finish(native::Block& target, u64 base);

  private:
    using Inst = ir::Inst;
    using Type = ir::Type;
    using AccessGroups = ir::AccessGroups;
    using Cc = x86::CondCode;

    // The address of an access: register + offset.
    struct Address {
        ValueId base;
        i32 offset;
    };
    // A move that an exit makes: a value to guest state.
    struct ExitMove {
        u64 offset;
        Type type;
        Values::Where from;
    };
    // A place where the block is left in the middle.
    struct Exit {
        asmjit::Label label;
        std::span<const ExitMove> moves;
        i64 pc;      // offset from the entry's
        u32 behind;  // instructions of the block that have not begun: given back to the budget
        native::ExitCode code;
    };
    // Code that is written behind the hot path: a call of what `cold` was given.
    struct ColdCode {
        void (*write)(void* code);
        void* code;
    };
    struct EdgeCode {
        asmjit::Label unlinked;
        size_t number;
    };

    // lowering.cpp
    void lower(u32 index);
    void write_cold();
    bool is_deferred(ValueId id) const { return plan_[id].deferred; }
    const Inst& inst_of(ValueId id) const { return block_.insts[id]; }
    Type type_of(ValueId id) const { return block_.insts[id].type; }
    static unsigned size_of(Type type) { return type == Type::kI1 ? 1 : ir::bytes_of(type); }
    // The register as wide as operations on the type are made: 32 bits at least.
    static x86::Gp operand_sized(x86::Gp reg, Type type) {
        return sized(reg, type == Type::kI64 ? 8 : 4);
    }
    template <class F>
    void cold(F f) {
        static_assert(std::is_trivially_destructible_v<F>);
        void* place = memory_.allocate(sizeof(F), alignof(F));
        cold_.push_back({[](void* code) { (*static_cast<F*>(code))(); }, new (place) F(f)});
    }
    x86::Mem slot_of(native::Symbol symbol) { return data(space_.slot(symbol)); }
    // A word of the code space's data.
    x86::Mem data(u64 address, u32 bytes = 8);
    x86::Mem data(const void* word, u32 bytes = 8) {
        return data(reinterpret_cast<u64>(word), bytes);
    }

    // lower_state.cpp
    void lower_get(u32 index);
    void lower_set(const Inst& inst);
    void lower_pc(u32 index);

    // lower_integer.cpp
    void lower_integer(u32 index);
    void binary(u32 index, x86::Inst::Id op, bool commutative);
    void add(u32 index);
    void multiply(u32 index);
    void multiply_high(u32 index, bool is_signed);
    void divide(u32 index, bool is_signed, bool remainder);
    void shift(u32 index);
    void extend(u32 index);
    void bitwise(u32 index);
    // Copies the operand, extended from its type to 32 bits at least.
    void load_extended(x86::Gp to, ValueId id, bool is_signed);
    void extend_in_place(x86::Gp to, Type type, bool is_signed);

    // lower_bits.cpp
    void count_zeros(u32 index);
    void population(u32 index);
    void swap_bytes(u32 index);
    void carryless(u32 index, bool high);

    // lower_condition.cpp
    Cc compare(const Inst& comparison);
    // Emits what sets the flags for `condition`, an i1; returns the condition code that holds.
    Cc test(ValueId condition);
    bool compare_upper_half(ValueId value, ValueId constant, Cc cc);
    void lower_comparison(u32 index);
    void set_condition(u32 index, Cc cc);
    void lower_select(u32 index);

    // lower_memory.cpp
    void lower_load(u32 index);
    void lower_store(u32 index);
    void lower_atomic(u32 index);
    void lower_call(u32 index);
    // What a load or store needs besides its value.
    struct Access {
        x86::Gp base;
        i32 offset;
        u64 size;  // native::pack_access
        unsigned bytes;
        bool store;
        AccessGroups::Member group;  // where data accesses are direct
        x86::Gp t;                   // scratch
        x86::Gp u;
        asmjit::Label slow;
    };
    Access new_access(u32 index, unsigned bytes, bool store);
    // to = the guest address.
    void effective(x86::Gp to, const Access& access, i32 more = 0);
    // Jumps to `slow` or, to leave the block in front of it, to `retry` unless the access may be
    // made here; returns where.
    x86::Mem check(const Access& access, const asmjit::Label& retry);
    x86::Mem check_window(const Access& access);
    x86::Mem check_group(const Access& access, const asmjit::Label& retry);
    void check_host_granule(const Access& access);
    x86::Mem direct_place(const Access& access) const;
    x86::Mem check_tlb(const Access& access);
    void check_granule(x86::Gp t, const x86::Mem& base, const asmjit::Label& slow);
    // Slow calls: stores operands, and calls. ZF set: not done.
    void slow_argument(unsigned number, const Values::Where& from, unsigned bytes);
    void slow_argument(unsigned number, u64 constant);
    void slow_size_argument(u64 size);
    u64 slow_size(const Inst& inst, unsigned bytes) const;
    bool call_leaves(const Inst& inst, const AccessGroups::Member& group) const;
    void slow_access(const Access& access, const asmjit::Label& retry);
    void helper_call(u32 helper, std::span<const ValueId> arguments, i64 pc, u32 begun);
    void emit_store(const x86::Mem& to, ValueId value, const asmjit::Operand& source);

    // lower_float.cpp
    static bool on_host(Type type);
    void lower_float(u32 index);
    void arithmetic(u32 index);
    void fused(u32 index);
    void unordered(bool single, x86::Xmm a, x86::Xmm b);
    void compare_floats(u32 index);
    void convert(u32 index);
    void convert_to_integer(x86::Gp to, x86::Xmm from, bool single, bool truncates);
    void to_signed(u32 index);
    void to_unsigned(u32 index);
    void from_integer(u32 index);
    void raise_flags(u32 index);
    void call_software(u32 index);
    void in_software(u32 index);
    void select_float(u32 index);
    // False: better in integer registers.
    bool bitwise_float(u32 index);
    x86::Mem literal(u64 bits);
    void write_literals();

    // lower_nan.cpp
    void canonical(u32 index);
    void canonical_bits(u32 index);
    void make_canonical(Type type, x86::Xmm a, x86::Xmm b);
    bool is_raw_at(u64 offset) const;
    bool is_raw(ValueId id) const;
    bool meets_raw_nan(u32 index) const;
    void settle_nans(u32 index);
    void box(u32 index);
    bool is_boxed(ValueId id) const { return boxed_[plan_.root(id)] != 0; }
    void set_boxed(ValueId id, bool boxed = true) { boxed_[plan_.root(id)] = boxed; }
    bool unboxes(const Inst& select) const;

    // lower_exit.cpp
    asmjit::Label new_exit(const ir::LiveRange& live, i64 pc, u32 behind, native::ExitCode code);
    // The fault exit of an access that was not done.
    asmjit::Label retry_exit(const Inst& inst);
    // That of an operation that raised a trap.
    asmjit::Label trap_exit(const Inst& inst);
    void write_exit(const Exit& exit);
    static bool reads_written(const ExitMove& move, std::span<const ExitMove> moves);
    void write_moves(std::span<const ExitMove> moves);
    void write_pc(i64 offset);
    void leave(native::ExitCode code);
    void leave_at(i64 offset, u32 behind, native::ExitCode code);
    void write_trap(u64 cause, const Values::Where& value);
    void move_to_memory(const x86::Mem& to, const Values::Where& from, unsigned bytes);
    i64 jump_offset() const;
    void lower_exit_if(u32 index);
    void lower_trap_if(u32 index);
    void check_stop(u32 call);

    // lower_terminal.cpp
    void lower_terminal();
    void lower(const ir::Jump& jump);
    void lower(const ir::Branch& branch);
    void lower(const ir::IndirectJump& jump);
    void lower(const ir::Trap& trap);
    void lower(const ir::HelperExit& exit);
    // Goes on at the entry's pc + `offset`.
    void take_edge(i64 offset);
    native::Edge& new_edge(i64 offset);
    void predict_return();
    void pop_prediction(x86::Gp pc, const asmjit::Label& other);
    void look_up(x86::Gp pc);
    // Whether that lies in the page of the entry, where the block is the same under every mapping.
    bool in_page(i64 offset) const {
        return page_of(offset) == 0 && !site_.straddles &&
               offset_in_page(offset) < static_cast<i64>(site_.keyed_from);
    }
    // Page and offset in it of entry's pc + `offset`, from the entry's page.
    i64 page_of(i64 offset) const {
        return (offset + site_.page_offset) & static_cast<i64>(kPageMask);
    }
    i64 offset_in_page(i64 offset) const {
        return (offset + site_.page_offset) & static_cast<i64>(kPageSize - 1);
    }

    std::pmr::memory_resource& memory_;  // for what is gone after the block
    x86::Assembler a_;
    const ir::Block& block_;
    const CompileSite& site_;
    const Host& host_;
    const PinnedSlots& slots_;
    native::CodeSpace& space_;
    const Plan plan_;
    const AccessGroups groups_;
    Values values_;
    // By root: the bits above a single-precision number are ones, as NaN boxing wants them.
    std::pmr::vector<u8> boxed_;
    // Names of values that a NaN may still have to be made canonical in.
    std::pmr::vector<ValueId> raw_nans_;
    const bool narrow_;  // addresses of 32 bits

    native::Block* target_ = nullptr;
    asmjit::Label entry_;
    asmjit::Label leave_entry_;
    asmjit::Label leave_;
    std::pmr::vector<ColdCode> cold_;
    std::pmr::vector<Exit> exits_;
    std::pmr::vector<EdgeCode> edges_;
    std::pmr::vector<std::pair<asmjit::Label, u64>> literals_;
    u32 pending_call_ =
        ir::kNoValue;  // a call whose stop exit is due at the end of its instruction
};

}  // namespace kiln::asmjit_backend
