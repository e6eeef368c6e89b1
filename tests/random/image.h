// A guest program out of the harness and sequences: bytes to be loaded at IMAGE_START (layout.h).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cpu/riscv/isa.h"
#include "layout.h"
#include "sequence.h"

namespace kiln::random_test {

struct ImageOptions {
    riscv::Isa isa;
    bool dump = false;     // states, not hashes
    bool altered = false;  // Instruction::altered in place of the bits
    unsigned repeat = 1;   // runs of each sequence
};

// The bytes of a harness, a flat binary. Throws std::runtime_error where the file cannot be read.
std::vector<u8> read_harness(const std::string& name);

class ImageWriter {
  public:
    // `harness` is the flat binary of harness.S; `seed` decides what the window holds.
    ImageWriter(std::vector<u8> harness, u64 seed);

    // The image and, in `code`, the address of each sequence's first instruction. Throws
    // std::length_error if the sequences do not fit.
    std::vector<u8> write(std::span<const Sequence> sequences, const ImageOptions& options,
                          std::vector<u64>& code) const;
    // Eight bytes of the window before a sequence.
    u64 window_at(u64 offset) const;

  private:
    std::vector<u8> start_;  // all before the header
};

}  // namespace kiln::random_test
