// Memory for the code of regions and for the data beside it: pieces that are taken and given back
// in any order. Used by one thread at a time.
#pragma once

#include <map>
#include <optional>

#include "jit/native/dual_mapping.h"
#include "jit/native/runtime.h"

namespace kiln::llvm_backend {

// Which parts of a range are free.
class FreeRanges {
  public:
    explicit FreeRanges(u64 size) { free_[0] = size; }
    // The place of `size` bytes, a multiple of kUnit; nothing where no range is large enough.
    std::optional<u64> take(u64 size);
    void give_back(u64 place, u64 size);

    static constexpr u64 kUnit = 64;

  private:
    std::map<u64, u64> free_;  // place to size; neighbours are joined
};

class CodeArena {
  public:
    // `bytes` for code and data together. Throws UsageError when the host does not give it.
    CodeArena(u64 bytes, const native::Table& table);

    // A piece of memory, of code or data.
    struct Piece {
        std::byte* write;  // to write
        u64 run;           // where it runs, or is used
        u64 size;
        bool is_code;
    };
    std::optional<Piece> take(u64 size, bool is_code);
    void give_back(const Piece& piece);

    // Host address of the table.
    u64 table() const { return reinterpret_cast<u64>(memory_.data()); }

  private:
    native::DualMapping memory_;
    FreeRanges code_;
    FreeRanges data_;
};

}  // namespace kiln::llvm_backend
