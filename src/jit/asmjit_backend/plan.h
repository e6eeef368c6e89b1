// What lowering wants to know of a block before it starts: which values are the same bits, how long
// they are needed, and where they should end up.
//
// A value is a root or shares the bits of its root: a truncation, a bitcast, a condition widened.
// Only a type's own bits are defined; those above are anything.
#pragma once

#include <memory_resource>
#include <vector>

#include "jit/ir/block.h"
#include "jit/native/convention.h"

namespace kiln::asmjit_backend {

using ir::ValueId;

// Pinned registers by number: integers first, then floating point.
inline constexpr unsigned kPinned =
    static_cast<unsigned>(native::kPinnedInts.size()) + native::kPinnedFloats;
inline constexpr u8 kNotPinned = 0xff;
constexpr bool pinned_float(unsigned pinned) { return pinned >= native::kPinnedInts.size(); }

// Bits above a single-precision number in 64 bits that NaN boxing sets.
inline constexpr u64 kBox = u64{0xffffffff} << 32;

// Finds the pinned register whose slot holds [offset, offset + bytes).
class PinnedSlots {
  public:
    explicit PinnedSlots(const native::Layout& layout);
    // kNotPinned: the slot is kept in CpuState.
    u8 find(u64 offset) const {
        return offset < sizeof(CpuState::regs) ? by_slot_[offset / sizeof(u64)] : kNotPinned;
    }
    StateOffset offset(unsigned pinned) const { return offsets_[pinned]; }
    // Whether an access of the type at `offset` is one to the whole pinned register. With addresses
    // of 32 bits integer registers are as wide, and the upper half of their slots is zero.
    bool whole(unsigned pinned, u64 offset, ir::Type type, ir::Type address) const;

  private:
    std::array<u8, kRegisterSlots> by_slot_;
    std::array<StateOffset, kPinned> offsets_;
};

struct ValuePlan {
    ValueId root;
    u32 last_use = 0;        // of a root: index of the last operation that needs it
    u32 uses = 0;            // of a root: operations and exits that need it
    u32 raw_uses = 0;        // of this name alone
    u32 user = 0;            // index of the operation that uses this name last
    u8 pinned = kNotPinned;  // of a root: the pinned register that it is to become
    // A comparison that its only user makes when it branches on it.
    bool deferred = false;
    // A load that is extended at once by the next operation, which it makes as well.
    bool extended = false;
    // Used or kept as floating point.
    bool wants_xmm = false;
    // The operation changes the register that holds its root.
    bool in_place = false;
    // Of a root: its bits above are read as zeros; or they become those of a boxed number.
    bool zero_above = false;
    bool boxed = false;
    // Of a root: a NaN in it is made canonical some time after it was made.
    bool raw_nan = false;
    // All its users but those that make NaNs canonical are operations that treat NaNs alike.
    bool nans_alike = true;
};

class Plan {
  public:
    // `memory` outlives it.
    Plan(const ir::Block& block, const PinnedSlots& slots, std::pmr::memory_resource& memory);

    const ValuePlan& operator[](ValueId id) const { return values_[id]; }
    ValueId root(ValueId id) const { return values_[id].root; }
    // Index that stands for the terminal.
    u32 end() const { return static_cast<u32>(block_.insts.size()); }
    // Index of the last operation of a call's guest instruction; end(): the terminal belongs to it.
    u32 stop_index(u32 call) const;

  private:
    void count_uses();
    bool canonical_in_place(const ir::Inst& inst) const;
    ValueId boxed_in_place(const ir::Inst& inst, ValueId id) const;
    void find_roots();
    std::pmr::vector<u32> find_settled() const;
    void find_life();
    void find_homes();
    void find_domains();
    ValueId shared_operand(const ir::Inst& inst, ValueId id);
    void need(ValueId id, u32 at);
    void propose(ValueId id, u64 offset, const std::array<u32, kPinned>& needed);
    ValueId covering_or(ValueId id) const;

    const ir::Block& block_;
    const PinnedSlots& slots_;
    std::pmr::vector<ValuePlan> values_;
};

}  // namespace kiln::asmjit_backend
