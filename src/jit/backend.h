// A JIT backend: makes native code of a block of IR.
#pragma once

#include <memory>
#include <string_view>

#include "jit/ir/region.h"
#include "jit/native/code_space.h"
#include "jit/native/native_block.h"

namespace kiln::kept {
class CodeStore;
}

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

// RAM that direct accesses reach, where that is all there is: it stays what it is.
struct WholeRam {
    u64 first;      // guest address
    u64 limit = 0;  // as in DirectWindow; 0: the window may be another one at another time
    i64 granules;   // Memory::granule_displacement
};

// Whether data accesses go through NativeState::user_window, and what that is: all of the window,
// or a table of its pieces.
enum class UserWindow : u8 { kNone, kWhole, kTable };

// What the native code of a region is specialised for: all of it follows from the mode word and the
// machine's RAM.
struct RegionSite {
    bool direct;  // as in CompileSite
    UserWindow user_window;
    u32 keyed_from;    // as in CompileSite
    u8 host_rounding;  // see CpuState
    u8 host_fma_rounding;
    unsigned level = 3;  // how much work is worth it: 2 or 3
    WholeRam ram{};
};

// A backend for what is very hot: takes its time, and compiles regions. It has memory of its own.
class RegionBackend {
  public:
    virtual ~RegionBackend() = default;
    virtual std::string_view name() const = 0;
    // The region's code, unlinked, if it was kept: takes little time. By one thread at a time,
    // which need not be the one that compiles. nullptr: it was not kept.
    virtual native::Region* load(const ir::Region&, const RegionSite&) { return nullptr; }
    // Compiles a region, unlinked. By one thread at a time, which need not be the one that runs the
    // guest. nullptr: it is beyond what this backend does, or there is no room.
    virtual native::Region* compile(const ir::Region& region, const RegionSite& site) = 0;
    // By the thread that compiles, when nothing leads to the region any more, edges and tables
    // alike: its memory may be used again.
    virtual void release(native::Region& region) noexcept = 0;
};

struct RegionBackendSetup {
    u64 bytes;                   // for code and what it needs beside it
    const native::Table& table;  // the guest's
    native::Layout layout;
    // Where code is kept from run to run; nullptr: nowhere.
    std::shared_ptr<kept::CodeStore> store = nullptr;
};
// Throws UsageError when the host does not give the memory.
using MakeRegionBackend = std::unique_ptr<RegionBackend> (*)(const RegionBackendSetup& setup);

// Makes a backend whose code goes to `space`, which outlives it; `layout` is the guest's.
using MakeBackend = std::unique_ptr<Backend> (*)(native::CodeSpace& space,
                                                 const native::Layout& layout);

}  // namespace kiln
