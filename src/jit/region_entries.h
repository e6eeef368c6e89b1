// Where a region is entered.
#pragma once

#include <vector>

#include "jit/ir/region.h"

namespace kiln {

// Whether a block ends in a call, so that its end is returned to.
bool calls(const ir::Terminal& terminal);

// The entries of a region whose blocks know where they lead to: the first block; where calls return
// that leave the region; functions that are mostly called from elsewhere; the heads of loops; and
// one of each cycle of blocks that is left then, returns among their ways. Every block is reached
// from an entry.
std::vector<ir::RegionIndex> find_entries(const ir::Region& region);

// Fills in where the blocks of a region lead to, by their terminals, and the entries.
void join(ir::Region& region);

// The head of the innermost loop that has the first block; the first block itself where none has. A
// way in that leads into the middle of a loop spoils it.
ir::RegionIndex loop_around_seed(const ir::Region& region);

}  // namespace kiln
