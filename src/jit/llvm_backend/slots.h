// The guest registers that a region uses, as variables of the function that it becomes. (They are
// allocas, of which LLVM makes SSA values.)
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <optional>
#include <vector>

#include "jit/ir/region.h"
#include "jit/native/convention.h"

namespace kiln::llvm_backend {

// How a slot of the register file is kept, which follows from what the region does with it.
enum class SlotKind : u8 {
    kWord,    // an integer of 64 bits
    kHalf,    // one of 32 bits: the upper half is not used
    kDouble,  // a number of 64 bits
    kSingle,  // a number of 32 bits, NaN-boxed wherever the region writes it
};

constexpr bool is_number(SlotKind kind) {
    return kind == SlotKind::kDouble || kind == SlotKind::kSingle;
}

// What a slot holds at some point.
struct SlotValue {
    llvm::Value*
        value;  // of the kind's type; kSingle: as it reads, which is NaN where it is not boxed
    // kDouble, kSingle: whether it is the result of arithmetic, whose NaNs are yet to be made
    // canonical.
    llvm::Value* raw;
    llvm::Value* written;   // kSingle: by the region
    llvm::Value* original;  // kSingle: its 64 bits where it is not
};

struct Slot {
    u64 offset;
    SlotKind kind;
    u32 number;  // in Slots
    int pinned;  // the number of the argument that passes it between pieces, or -1
    llvm::AllocaInst* value;
    llvm::AllocaInst* raw;
    llvm::AllocaInst* written;
    llvm::AllocaInst* original;
};

// What the encoding of a number in a register is made of.
namespace box {

inline constexpr u64 kBits = 0xffffffff'00000000;
inline constexpr u64 kCanonicalSingle = 0x7fc00000;

// A boxed number: the value of 32 bits in it, or its encoding where it is a constant.
struct Boxed {
    ir::ValueId bits = ir::kNoValue;
    u32 constant = 0;
};
// What value `id` boxes, if it is such.
std::optional<Boxed> boxed_by(const ir::Block& block, ir::ValueId id);
// The read of a register whose boxed number `id` is, NaN where it is not boxed; if it is such.
std::optional<ir::ValueId> unboxed_by(const ir::Block& block, ir::ValueId id);

}  // namespace box

// Whether what is written, a number's encoding, is the result of arithmetic, whose NaNs are yet to
// be made canonical.
bool is_arithmetic(const ir::Block& block, ir::ValueId bits, ir::Type type);

// Which slots a region uses, and how: without variables. Where it calls helpers, which see all
// guest state, the pinned ones are among them.
std::vector<Slot> find_slots(const ir::Region& region, const native::Layout& layout);

// Slots that may have been written, by number: of each block, when it is entered and when it is
// done. Pinned ones behind a helper, too.
struct Dirty {
    std::vector<std::vector<bool>> before;
    std::vector<std::vector<bool>> behind;
};
Dirty find_dirty(const ir::Region& region, const std::vector<Slot>& slots);

}  // namespace kiln::llvm_backend
