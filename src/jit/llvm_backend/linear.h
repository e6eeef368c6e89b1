// Addresses as sums of guest registers.
#pragma once

#include <optional>
#include <vector>

#include "cpu/cpu_state.h"
#include "jit/ir/block.h"

namespace kiln::llvm_backend {

// A sum of whole registers of 64 bits, as they are when a block is entered, and a constant; modulo
// 2^64.
struct Linear {
    struct Term {
        u64 offset;  // StateOffset
        i64 factor;
        bool operator==(const Term&) const = default;
    };
    std::vector<Term> terms;  // by offset, no factor zero
    u64 constant = 0;

    void add(const Linear& other, i64 factor);
};

// Finds what the values of a block are such sums of.
class LinearValues {
  public:
    explicit LinearValues(const ir::Block& block);
    // Of a value; nothing: it is no sum of a few registers.
    const std::optional<Linear>& operator[](ir::ValueId id) const { return values_[id]; }

  private:
    std::vector<std::optional<Linear>> values_;
};

}  // namespace kiln::llvm_backend
