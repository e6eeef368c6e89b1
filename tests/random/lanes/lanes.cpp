#include "random/lanes/lanes.h"

#include <fmt/format.h>

#include "jit/asmjit_backend/asmjit_backend.h"

namespace kiln::random_test {
namespace {

constexpr Instruction kNop{0x00000013, 4, 0x00000013, riscv::InsnId::addi};
constexpr Instruction kShortNop{0x0001, 2, 0x0001, riscv::InsnId::c_nop};

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
        for (ir::Inst& inst : other.insts)
            if (inst.opcode == ir::Opcode::sub) inst.opcode = ir::Opcode::add;
        return inner_->compile(other, site);
    }

  private:
    std::unique_ptr<Backend> inner_;
};

std::unique_ptr<Backend> make_broken(native::CodeSpace& space, const native::Layout& layout) {
    return std::make_unique<BrokenBackend>(space, layout);
}

RandomRig::MakeEngine engine_maker(const riscv::Isa& isa, const EngineSetup& setup) {
    const auto make = isa.xlen == 32 ? make_rv32_engine : make_rv64_engine;
    return [make, setup](Memory& memory) { return make(memory, setup); };
}

}  // namespace

std::vector<LaneKind> lane_kinds() {
    constexpr u64 kSmall = native::CodeSpace::kSmallest;
    return {
        {"at once", {.hot = {make_asmjit_backend, 0, u64{16} << 20}}},
        {"at once, baseline host, small cache", {.hot = {make_for_baseline, 0, kSmall}}},
        {"warm, small caches",
         {.cache_limit = u64{1} << 20, .hot = {make_asmjit_backend, 8, kSmall}}},
    };
}

LaneKind broken_lane() {
    return {"broken", {.hot = {make_broken, 0, native::CodeSpace::kSmallest}}};
}

Lanes::Lane::Lane(const riscv::Isa& isa, const LaneKind& kind)
    : name(kind.name), rig(isa, engine_maker(isa, kind.setup)) {}

Lanes::Lanes(const riscv::Isa& isa, const std::vector<LaneKind>& kinds)
    : interpreter_(isa, {"interp", {}}) {
    for (const LaneKind& kind : kinds) lanes_.push_back(std::make_unique<Lane>(isa, kind));
}

std::optional<Disagreement> Lanes::run(const Sequence& sequence, const Setting& setting) {
    const std::vector<Outcome> expected = interpreter_.rig.run(sequence, setting);
    for (const auto& lane : lanes_) {
        std::vector<Outcome> got = lane->rig.run(sequence, setting);
        if (got != expected) return Disagreement{lane->name, expected, std::move(got)};
    }
    return std::nullopt;
}

std::string Lanes::summary() const {
    std::string text;
    for (const auto& lane : lanes_) {
        const HotCodeStats stats = lane->rig.stats().hot;
        text += fmt::format(
            "  {}: {} blocks compiled, {} links, {} refused, code reused {} times\n", lane->name,
            stats.blocks_compiled, stats.links, stats.blocks_refused, stats.reuses);
    }
    return text;
}

void shorten(Case& test, Lanes& lanes) {
    auto try_it = [&](const Case& shorter) {
        if (lanes.run(shorter.sequence, shorter.setting)) test = shorter;
    };
    for (size_t i = 0; i < test.sequence.code.size(); ++i) {
        Case shorter = test;
        Instruction& insn = shorter.sequence.code[i];
        insn = insn.length == 4 ? kNop : kShortNop;
        try_it(shorter);
    }
    while (test.setting.runs > 1) {
        Case shorter = test;
        --shorter.setting.runs;
        if (!lanes.run(shorter.sequence, shorter.setting)) break;
        test = shorter;
    }
    for (Value& x : test.sequence.x) {
        Case shorter = test;
        shorter.sequence.x[static_cast<size_t>(&x - test.sequence.x.data())] = {};
        try_it(shorter);
    }
    for (u64& f : test.sequence.f) {
        Case shorter = test;
        shorter.sequence.f[static_cast<size_t>(&f - test.sequence.f.data())] = 0;
        try_it(shorter);
    }
}

}  // namespace kiln::random_test
