// What the host's processor can do.
#pragma once

namespace kiln::asmjit_backend {

struct Host {
    bool bmi1;  // tzcnt, andn
    bool bmi2;  // shlx and the like
    bool lzcnt;
    bool popcnt;
    bool clmul;
    bool sse41;
    bool avx;
    bool fma;
};

// Of the processor that this runs on.
const Host& this_host();

}  // namespace kiln::asmjit_backend
