// Streams of a loop of one block: accesses whose addresses move by a constant from iteration to
// iteration. They are checked for many iterations at once, and then made without a check.
#pragma once

#include "jit/ir/region.h"
#include "jit/llvm_backend/linear.h"

namespace kiln::llvm_backend {

// Bytes from `low` up to `high`, from some place.
struct ByteRange {
    i64 low = 0;
    i64 high = 0;
    i64 size() const { return high - low; }
    void include(const ByteRange& other);
};

// Accesses off the same sum of registers.
struct Stream {
    std::vector<Linear::Term> place;  // what they are off, in registers as an iteration begins
    ByteRange touched;                // in one iteration, from the place
    ByteRange stored;                 // of that, by stores; size 0: there are none
    bool loads = false;
    i64 step = 0;  // how far the place moves in an iteration
};

struct Streams {
    std::vector<Stream> streams;
    // For each value of the block the number of its access in `streams`, or kNone.
    static constexpr u8 kNone = 0xff;
    std::vector<u8> stream_of;
};

// How many iterations one behind the other the block with a number in its region is known to run,
// on average; 1: it is not known to go to itself.
u32 iterations_of(const ir::RegionBlock& block, ir::RegionIndex index);
// Whether what the accesses of so many iterations are spared makes up for what the streams cost in
// front of them. `direct`: in the window; else through the TLB.
bool pays(const Streams& streams, u32 iterations, bool direct);

// Of a block that goes to itself. `words`: by slot of the register file, whether it may be in a
// place. None where addresses have 32 bits, which wrap.
Streams find_streams(const ir::Block& block, const std::vector<bool>& words);

}  // namespace kiln::llvm_backend
