#include "machine/backends.h"

#include <array>

#ifdef KILN_ASMJIT
#include "jit/asmjit_backend/asmjit_backend.h"
#endif
#ifdef KILN_LLVM
#include "jit/llvm_backend/llvm_backend.h"
#endif

namespace kiln {
namespace {

constexpr auto kBackends = std::to_array<BackendInfo>({
    {"interp"},
#ifdef KILN_ASMJIT
        {"asmjit", make_asmjit_backend},
#endif
#ifdef KILN_LLVM
        {"llvm", nullptr, make_llvm_backend},
#endif
#if defined(KILN_ASMJIT) && defined(KILN_LLVM)
        {"tiered", make_asmjit_backend, make_llvm_backend},
#endif
});

}  // namespace

std::span<const BackendInfo> backends() { return kBackends; }

}  // namespace kiln
