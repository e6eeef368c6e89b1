#include "random/lanes/lane_kinds.h"

#include "jit/asmjit_backend/asmjit_backend.h"
#include "machine/backends.h"

namespace kiln::random_test {
namespace {

std::unique_ptr<Backend> make_for_baseline(native::CodeSpace& space, const native::Layout& layout) {
    return make_asmjit_backend_for(asmjit_backend::Host{}, space, layout);
}

class BrokenBackend final : public Backend {
  public:
    BrokenBackend(native::CodeSpace& space, const native::Layout& layout)
        : inner_(make_asmjit_backend(space, layout)) {}
    std::string_view name() const override { return "broken"; }
    native::Block* compile(const ir::Block& block, const CompileSite& site) override {
        ir::Block other = block;
        for (ir::Inst& inst : other.insts) {
            if (inst.opcode == ir::Opcode::sub) inst.opcode = ir::Opcode::add;
            if (inst.opcode == ir::Opcode::fsub) inst.opcode = ir::Opcode::fadd;
        }
        return inner_->compile(other, site);
    }

  private:
    std::unique_ptr<Backend> inner_;
};

std::unique_ptr<Backend> make_broken(native::CodeSpace& space, const native::Layout& layout) {
    return std::make_unique<BrokenBackend>(space, layout);
}

// Each backend that is wanted, from the first entry on, and warm with little memory.
template <class Wanted>
void add_kinds(std::vector<LaneKind>& kinds, Wanted wanted) {
    for (const BackendInfo& backend : backends()) {
        if (!backend.compiles() || !wanted(backend)) continue;
        const std::string name(backend.name);
        HotCodeSetup hot{backend.make, 0, u64{16} << 20};
        hot.make_regions = backend.regions;
        hot.region_heat = 5000;
        kinds.push_back({name + " at once", {.hot = hot}});
        hot.tier_up = 8;
        hot.code_cache = native::CodeSpace::kSmallest;
        kinds.push_back({name + " warm, small caches", {.cache_limit = u64{1} << 20, .hot = hot}});
    }
}

}  // namespace

std::vector<LaneKind> lane_kinds() {
    constexpr u64 kSmall = native::CodeSpace::kSmallest;
    std::vector<LaneKind> kinds = {
        {"asmjit, baseline host, small cache", {.hot = {make_for_baseline, 0, kSmall}}},
    };
    add_kinds(kinds, [](const BackendInfo& backend) { return backend.regions == nullptr; });
    return kinds;
}

std::vector<LaneKind> region_lane_kinds() {
    std::vector<LaneKind> kinds;
    add_kinds(kinds, [](const BackendInfo& backend) { return backend.regions != nullptr; });
    return kinds;
}

std::vector<LaneKind> all_lane_kinds() {
    std::vector<LaneKind> kinds = lane_kinds();
    for (LaneKind& kind : region_lane_kinds()) kinds.push_back(std::move(kind));
    return kinds;
}

LaneKind broken_lane() {
    return {"broken", {.hot = {make_broken, 0, native::CodeSpace::kSmallest}}};
}

std::unique_ptr<HartEngine> make_engine(const riscv::Isa& isa, Memory& memory,
                                        const EngineSetup& setup) {
    return isa.xlen == 32 ? make_rv32_engine(memory, setup) : make_rv64_engine(memory, setup);
}

}  // namespace kiln::random_test
