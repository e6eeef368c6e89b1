// What a run counted.
#pragma once

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

struct HartStats {
    uint64_t instructions = 0;  // retired
    TlbMisses tlb_misses;
    std::map<std::string, uint64_t> traps;  // by the cause's name
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

struct RunStats {
    std::optional<uint64_t> state_hash;  // where it was asked for
    std::string backend;
    double wall_seconds = 0;
    std::vector<HartStats> harts;
    uint64_t blocks_decoded = 0;
    uint64_t blocks_invalidated = 0;  // because the guest wrote to their code
    NativeStats native;
};

}  // namespace kiln
