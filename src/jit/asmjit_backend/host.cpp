#include "jit/asmjit_backend/host.h"

#include <asmjit/core.h>

namespace kiln::asmjit_backend {

const Host& this_host() {
    static const Host host = [] {
        const auto& features = asmjit::CpuInfo::host().features().x86();
        return Host{.bmi1 = features.hasBMI(),
                    .bmi2 = features.hasBMI2(),
                    .lzcnt = features.hasLZCNT(),
                    .popcnt = features.hasPOPCNT(),
                    .clmul = features.hasPCLMULQDQ(),
                    .sse41 = features.hasSSE4_1(),
                    .avx = features.hasAVX(),
                    .fma = features.hasFMA()};
    }();
    return host;
}

}  // namespace kiln::asmjit_backend
