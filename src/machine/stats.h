// What a run counted.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kiln {

// Accesses that missed the software TLB, page walks or not.
struct TlbMisses {
    uint64_t fetch = 0;
    uint64_t load = 0;
    uint64_t store = 0;
};

// What user code has mapped on the host: pages so far, and accesses that faulted there.
struct UserWindowStats {
    uint64_t mapped = 0;
    uint64_t faults = 0;
};

struct HartStats {
    uint64_t instructions = 0;  // retired
    TlbMisses tlb_misses;
    std::map<std::string, uint64_t> traps;  // by the cause's name
    UserWindowStats user_window = {};
};

// Native code that a JIT backend made.
struct NativeStats {
    uint64_t blocks = 0;        // compiled, each time anew
    uint64_t instructions = 0;  // of the guest, in them
    uint64_t bytes = 0;         // of the host's code for them
    uint64_t refused = 0;       // blocks that the backend does not compile
    uint64_t invalidated = 0;   // because the guest wrote to their code
    uint64_t revived = 0;       // used again when the guest had written the same code
    uint64_t links = 0;         // direct jumps from block to block that were made
    uint64_t reuses = 0;        // parts of the code cache that were cleared for new code
    double compile_seconds = 0;
};

// Regions that a backend of regions made.
struct RegionRunStats {
    uint64_t regions = 0;       // that were put to use
    uint64_t kept = 0;          // of them those whose code was kept by an earlier run
    uint64_t known = 0;         // that were asked for because earlier runs had them
    uint64_t blocks = 0;        // in them
    uint64_t instructions = 0;  // of the guest, in them
    uint64_t bytes = 0;         // of the host's code for them
    uint64_t refused = 0;       // that the backend did not compile
    uint64_t invalidated = 0;   // because the guest wrote to their code
    uint64_t dropped = 0;       // before they were put to use
    uint64_t evicted = 0;       // to make room for others
    uint64_t waiting = 0;       // that were still to be compiled at the end
    double compile_seconds = 0;
    double guest_seconds =
        0;  // processor time of the guest's thread for what is done between slices
    double longest_wait = 0;  // most of that at once
};

// What ran at a level of code: 0 the interpreter, 1 code of blocks, 2 and 3 regions. Sampled: a
// slice counts for the place where it was last seen.
struct TierStats {
    uint64_t instructions = 0;
    double seconds = 0;
};

struct RunStats {
    std::optional<uint64_t> state_hash;  // where it was asked for
    std::string backend;
    double wall_seconds = 0;
    std::vector<HartStats> harts;
    uint64_t blocks_decoded = 0;
    uint64_t blocks_invalidated = 0;  // because the guest wrote to their code
    NativeStats native;
    RegionRunStats regions;
    std::array<TierStats, 4> tiers{};
};

}  // namespace kiln
