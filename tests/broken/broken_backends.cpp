// Backends of a program for tests: one of them is wrong on purpose, so that `kiln bisect` has
// something to find. The product does not contain this file.
#include <algorithm>
#include <array>

#include "jit/asmjit_backend/asmjit_backend.h"
#include "machine/backends.h"
#include "support/error.h"

namespace kiln {
namespace {

// Takes the upper half of an unsigned product for that of a signed one.
class BrokenBackend final : public Backend {
  public:
    explicit BrokenBackend(std::unique_ptr<Backend> sound) : sound_(std::move(sound)) {}
    std::string_view name() const override { return "broken"; }
    native::Block* compile(const ir::Block& block, const CompileSite& site) override {
        ir::Block changed = block;
        for (ir::Inst& inst : changed.insts)
            if (inst.opcode == ir::Opcode::mul_high_u) inst.opcode = ir::Opcode::mul_high_s;
        return sound_->compile(changed, site);
    }

  private:
    std::unique_ptr<Backend> sound_;
};

std::unique_ptr<Backend> make_broken_backend(native::CodeSpace& space,
                                             const native::Layout& layout) {
    return std::make_unique<BrokenBackend>(make_asmjit_backend(space, layout));
}

constexpr auto kBackends = std::to_array<BackendInfo>({
    {"interp"},
    {"asmjit", make_asmjit_backend},
    {"broken", make_broken_backend},
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
