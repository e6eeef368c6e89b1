// A number for each byte of the guest's register file.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "cpu/cpu_state.h"

namespace kiln::ir {

class StateMap {
  public:
    static constexpr u32 kNothing = ~u32{0};

    StateMap() { numbers_.fill(kNothing); }
    // Takes as long as there were bytes numbered.
    void clear() {
        for (const Filled& filled : filled_) write(filled.offset, filled.bytes, kNothing, 0);
        filled_.clear();
    }

    // Whether [offset, offset + bytes) is mapped; other guest state is left alone.
    static bool covers(u64 offset, u64 bytes) {
        return offset < sizeof(CpuState::regs) && bytes <= sizeof(CpuState::regs) - offset;
    }
    u32 operator[](u64 offset) const { return numbers_[offset]; }

    // Numbers the bytes first, first + step, ...; step is 0 or 1.
    void fill(u64 offset, unsigned bytes, u32 first, u32 step) {
        filled_.push_back({static_cast<u32>(offset), bytes});
        write(offset, bytes, first, step);
    }
    // Whether the bytes have these numbers.
    bool holds(u64 offset, unsigned bytes, u32 first, u32 step) const {
        return with_size(bytes, [&](auto size) {
            u32 differences = 0;
            for (u32 i = 0; i < size; ++i) differences |= numbers_[offset + i] ^ (first + step * i);
            return differences == 0;
        });
    }

  private:
    struct Filled {
        u32 offset;
        u32 bytes;
    };

    void write(u64 offset, unsigned bytes, u32 first, u32 step) {
        with_size(bytes, [&](auto size) {
            for (u32 i = 0; i < size; ++i) numbers_[offset + i] = first + step * i;
            return true;
        });
    }
    // Loops of a fixed length become a few vector instructions.
    template <class F>
    static bool with_size(unsigned bytes, F f) {
        switch (bytes) {
            case 1:
                return f(std::integral_constant<u32, 1>());
            case 2:
                return f(std::integral_constant<u32, 2>());
            case 4:
                return f(std::integral_constant<u32, 4>());
            case 8:
                return f(std::integral_constant<u32, 8>());
            default:
                return f(bytes);
        }
    }

    static_assert(offsetof(CpuState, regs) == 0);
    std::array<u32, sizeof(CpuState::regs)> numbers_;
    std::vector<Filled> filled_;
};

}  // namespace kiln::ir
