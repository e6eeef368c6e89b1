// An engine for harts that makes IR of each block, prepares it and runs it: the whole way from
// guest code through the building policy, for the tests that compare engines.
#pragma once

#include "ir/lanes.h"
#include "machine/hart_engine.h"

namespace kiln::ir_test {

std::unique_ptr<HartEngine> make_translating_engine(unsigned xlen, Memory& memory,
                                                    const Preparation& preparation,
                                                    const Engine& engine);

}  // namespace kiln::ir_test
