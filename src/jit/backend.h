// A JIT backend: makes native code of a block of IR.
#pragma once

#include <memory>
#include <string_view>

#include "jit/ir/block.h"
#include "jit/native/code_space.h"
#include "jit/native/native_block.h"

namespace kiln {

// What native code is specialised for besides the block itself: all of it follows from the
// block's physical address and the mode word.
struct CompileSite {
    u32 page_offset;  // of the block's first byte
    bool straddles;   // a single instruction that reaches over the page's end
    // From this page offset on an instruction may reach over the page's end: where an edge to it
    // leads depends on the mapping, so such an edge is keyed though it stays in the page.
    u32 keyed_from = kPageSize;
    bool direct;       // data accesses go through the direct window, else through the TLB
    u8 host_rounding;  // see CpuState
    u8 host_fma_rounding;
};

class Backend {
  public:
    virtual ~Backend() = default;
    virtual std::string_view name() const = 0;
    // Compiles `block`, which the passes have been over, into the code space, unlinked. nullptr:
    // the block is beyond what this backend does (too many values at once), and stays interpreted.
    // The block belongs to the code space and goes when its chunk is reused.
    virtual native::Block* compile(const ir::Block& block, const CompileSite& site) = 0;
};

// Makes a backend whose code goes to `space`, which outlives it; `layout` is the guest's.
using MakeBackend = std::unique_ptr<Backend> (*)(native::CodeSpace& space,
                                                 const native::Layout& layout);

}  // namespace kiln
