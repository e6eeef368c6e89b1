// Backends of a program for tests: one of them is wrong on purpose, so that `kiln bisect` has
// something to find. The product does not contain this file.
#include <array>

#include "jit/asmjit_backend/asmjit_backend.h"
#ifdef KILN_LLVM
#include "jit/llvm_backend/llvm_backend.h"
#endif
#include "machine/backends.h"

namespace kiln {
namespace {

// Takes the upper half of an unsigned product for that of a signed one.
ir::Block broken(ir::Block block) {
    for (ir::Inst& inst : block.insts)
        if (inst.opcode == ir::Opcode::mul_high_u) inst.opcode = ir::Opcode::mul_high_s;
    return block;
}

class BrokenBackend final : public Backend {
  public:
    explicit BrokenBackend(std::unique_ptr<Backend> sound) : sound_(std::move(sound)) {}
    std::string_view name() const override { return "broken"; }
    native::Block* compile(const ir::Block& block, const CompileSite& site) override {
        return sound_->compile(broken(block), site);
    }

  private:
    std::unique_ptr<Backend> sound_;
};

std::unique_ptr<Backend> make_broken_backend(native::CodeSpace& space,
                                             const native::Layout& layout) {
    return std::make_unique<BrokenBackend>(make_asmjit_backend(space, layout));
}

#ifdef KILN_LLVM
class BrokenRegions final : public RegionBackend {
  public:
    explicit BrokenRegions(std::unique_ptr<RegionBackend> sound) : sound_(std::move(sound)) {}
    std::string_view name() const override { return "broken regions"; }
    native::Region* compile(const ir::Region& region, const RegionSite& site) override {
        ir::Region changed = region;
        for (ir::RegionBlock& block : changed.blocks) block.block = broken(std::move(block.block));
        return sound_->compile(changed, site);
    }
    void release(native::Region& region) noexcept override { sound_->release(region); }

  private:
    std::unique_ptr<RegionBackend> sound_;
};

std::unique_ptr<RegionBackend> make_broken_regions(const RegionBackendSetup& setup) {
    return std::make_unique<BrokenRegions>(make_llvm_backend(setup));
}
#endif

constexpr auto kBackends = std::to_array<BackendInfo>({
    {"interp"},
    {"asmjit", make_asmjit_backend},
    {"broken", make_broken_backend},
#ifdef KILN_LLVM
    {"llvm", nullptr, make_llvm_backend},
    {"tiered", make_asmjit_backend, make_llvm_backend},
    {"broken-llvm", nullptr, make_broken_regions},
    {"broken-tiered", make_asmjit_backend, make_broken_regions},
#endif
});

}  // namespace

std::span<const BackendInfo> backends() { return kBackends; }

}  // namespace kiln
