// What a run counted.
#pragma once

#include <cstdint>
#include <map>
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

struct RunStats {
    std::string backend;
    double wall_seconds = 0;
    std::vector<HartStats> harts;
    uint64_t blocks_decoded = 0;
    uint64_t blocks_invalidated = 0;  // because the guest wrote to their code
};

}  // namespace kiln
