// What a fuzzer aborts with when Kiln breaks a promise.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace kiln {

inline void require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

}  // namespace kiln
