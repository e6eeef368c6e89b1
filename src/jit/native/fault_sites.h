// Native code that faults on the host where what it asks for is not there, and goes on elsewhere:
// what the operating system calls an exception table.
//
// A handler of SIGSEGV looks up the instruction that faulted. Faults of others are left to whoever
// would have had them.
#pragma once

#include <vector>

#include "support/int.h"

namespace kiln::native {

struct FaultSite {
    u64 address;  // of the instruction
    u64 goes_on;  // where it goes on when it faults
};

// Those of a piece of code, in force as long as this lives. Any thread may make and destroy one;
// its code must not run before or after.
class FaultSites {
  public:
    explicit FaultSites(std::vector<FaultSite> sites);
    ~FaultSites();
    FaultSites(const FaultSites&) = delete;
    FaultSites& operator=(const FaultSites&) = delete;

  private:
    std::vector<FaultSite> sites_;  // by address
};

}  // namespace kiln::native
