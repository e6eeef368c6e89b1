#include "jit/llvm_backend/code_arena.h"

#include <cstring>

#include "cpu/tlb.h"

namespace kiln::llvm_backend {
namespace {

u64 in_units(u64 size) { return (size + FreeRanges::kUnit - 1) & -FreeRanges::kUnit; }

}  // namespace

std::optional<u64> FreeRanges::take(u64 size) {
    for (auto range = free_.begin(); range != free_.end(); ++range) {
        if (range->second < size) continue;
        const auto [place, left] = *range;
        free_.erase(range);
        if (left > size) free_[place + size] = left - size;
        return place;
    }
    return {};
}

void FreeRanges::give_back(u64 place, u64 size) {
    const auto behind = free_.lower_bound(place);
    if (behind != free_.end() && place + size == behind->first) {
        size += behind->second;
        free_.erase(behind);
    }
    const auto next = free_.lower_bound(place);
    if (next != free_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == place) {
            before->second += size;
            return;
        }
    }
    free_[place] = size;
}

CodeArena::CodeArena(u64 bytes, const native::Table& table)
    : memory_(bytes / 4 * 3 & kPageMask, bytes / 4 & kPageMask, "--code-cache"),
      code_(memory_.code_bytes()),
      data_(memory_.data_bytes()) {
    std::memcpy(memory_.data(), &table, sizeof table);
    data_.take(in_units(sizeof table));
}

std::optional<CodeArena::Piece> CodeArena::take(u64 size, bool is_code) {
    size = in_units(size);
    const std::optional<u64> place = (is_code ? code_ : data_).take(size);
    if (!place) return {};
    std::byte* run = (is_code ? memory_.run() : memory_.data()) + *place;
    return Piece{is_code ? memory_.write() + *place : run, reinterpret_cast<u64>(run), size,
                 is_code};
}

void CodeArena::give_back(const Piece& piece) {
    const std::byte* base = piece.is_code ? memory_.run() : memory_.data();
    (piece.is_code ? code_ : data_).give_back(piece.run - reinterpret_cast<u64>(base), piece.size);
}

}  // namespace kiln::llvm_backend
