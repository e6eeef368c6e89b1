// Entropy of a machine whose runs repeat.
#pragma once

#include <cstddef>
#include <span>

#include "support/int.h"
#include "support/state_archive.h"

namespace kiln {

// A Weyl sequence, mixed: repeatable on purpose.
class EntropySequence {
  public:
    void fill(std::span<std::byte> out) {
        for (std::byte& byte : out) {
            state_ += 0x9e3779b97f4a7c15;
            byte = static_cast<std::byte>((state_ ^ state_ >> 29) * 0xbf58476d1ce4e5b9 >> 56);
        }
    }
    // Saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive) { archive.value(state_); }

  private:
    u64 state_ = 0;
};

}  // namespace kiln
