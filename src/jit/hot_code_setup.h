// What an engine with native code is made from.
#pragma once

#include <memory>

#include "jit/backend.h"
#include "jit/code_listener.h"

namespace kiln::kept {
class KeptCode;
}

namespace kiln {

// Without both backends there is the interpreter only. With both, blocks that are hot get code of
// the first at once, and very hot regions that of the other, which is made by another thread. With
// the other alone, regions around hot blocks are compiled while the guest waits.
struct HotCodeSetup {
    MakeBackend make_backend = nullptr;  // of blocks
    u64 tier_up = 1000;                  // entries that make a block worth compiling
    u64 code_cache = u64{64} << 20;      // bytes for native code and its data, for each backend
    // The guest waits while regions are compiled, whatever the backends: then nothing depends on
    // time. So it does where there is an audit.
    bool wait = false;
    bool audit = false;                        // native code is checked against the interpreter
    CodeListener* listener = nullptr;          // is told of all native code; outlives the engine
    MakeRegionBackend make_regions = nullptr;  // of regions
    // What earlier runs left, and later ones shall find; nullptr: nothing.
    std::shared_ptr<kept::KeptCode> kept = nullptr;
    // Instructions that ran in a page, outside regions, until one is made there.
    u64 region_heat = 6'000'000;

    bool compiles() const { return make_backend != nullptr || make_regions != nullptr; }
};

}  // namespace kiln
