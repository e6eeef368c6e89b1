#include "machine/backends.h"

#include <algorithm>
#include <array>
#include <string>

#ifdef KILN_ASMJIT
#include "jit/asmjit_backend/asmjit_backend.h"
#endif
#ifdef KILN_LLVM
#include "jit/llvm_backend/llvm_backend.h"
#endif
#include "support/error.h"

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

const BackendInfo& find_backend(std::string_view name) {
    const auto found = std::ranges::find(kBackends, name, &BackendInfo::name);
    if (found == kBackends.end())
        throw UsageError("--backend: this program has no '" + std::string(name) + "'");
    return *found;
}

}  // namespace kiln
