// Encodings out of a fuzzer's input.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include "cpu/riscv/insn.h"

namespace kiln::riscv {

// Any 32 bits, or more often those of a row of the instruction table with its operands left to
// chance: of random words alone few would be instructions.
inline u32 pick_encoding(FuzzedDataProvider& data) {
    const size_t row = data.ConsumeIntegral<u16>() % (kInsnCount + kInsnCount / 8);
    const u32 bits = data.ConsumeIntegral<u32>();
    if (row >= kInsnCount) return bits;
    const InsnInfo& info = insn_info(static_cast<InsnId>(row));
    return (bits & ~info.mask) | info.match;
}

inline u64 every_extension() { return ext_bit(Ext::kCount) - 1; }

}  // namespace kiln::riscv
