// What the host's processor can do beyond the x86-64 baseline.
#pragma once

namespace kiln::asmjit_backend {

struct Host {
    bool bmi1 = false;  // tzcnt, andn
    bool bmi2 = false;  // shlx and the like
    bool lzcnt = false;
    bool popcnt = false;
    bool clmul = false;
    bool sse41 = false;
    bool avx = false;
    bool fma = false;
};

// Of the processor that this runs on.
const Host& this_host();

}  // namespace kiln::asmjit_backend
