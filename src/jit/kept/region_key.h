// What the code of a region depends on, as a key takes it in: each field of its blocks, and what
// they are compiled for. Helpers count by their names, since their addresses change from run to
// run.
//
// How often blocks ran only steers how good the code is. It counts as far as a block is seldom run
// next to the region's hottest one, so that profiles that differ a little find the same code.
#pragma once

#include "jit/backend.h"
#include "jit/ir/region.h"
#include "jit/kept/key.h"

namespace kiln::kept {

// Changes when the same region is to get another key: when the meaning of a field changes.
inline constexpr u32 kRegionKeyVersion = 2;

void add(KeyHasher& hasher, const ir::Region& region);
void add(KeyHasher& hasher, const RegionSite& site);

}  // namespace kiln::kept
