#include "random/lanes/lanes.h"

#include <fmt/format.h>

namespace kiln::random_test {
namespace {

constexpr Instruction kNop{0x00000013, 4, 0x00000013, riscv::InsnId::addi};
constexpr Instruction kShortNop{0x0001, 2, 0x0001, riscv::InsnId::c_nop};

RandomRig::MakeEngine engine_maker(const riscv::Isa& isa, const EngineSetup& setup) {
    return [isa, setup](Memory& memory) { return make_engine(isa, memory, setup); };
}

}  // namespace

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
