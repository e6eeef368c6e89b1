// Definitions of Audit's members, for the files that instantiate it.
#pragma once

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "jit/audit.h"
#include "jit/block_code.h"
#include "jit/interp/block_builder.h"
#include "jit/ir/text.h"
#include "jit/translate_block.h"

namespace kiln {

template <Guest G>
void Audit<G>::run(Hart& hart, Block& block) {
    // Just enough budget for the block: nothing that follows it runs.
    const i64 rest = hart.budget - block.count;
    const auto spare = [&](i64 amount) {
        hart.budget -= amount;
        hart.begun_limit -= static_cast<u64>(amount);
    };
    spare(rest);
    hart.reach = Reach::kPlainRam;
    hart.forget_way();
    journal_.clear();
    const Outcome before = outcome(hart);
    Outcome interpreted = interpret(hart, block);
    // Where the run was asked to end, code may have gone: what the interpreter did counts.
    if (hart.exit_request == 0) {
        take_back(hart, before);
        const Outcome compiled = run_native(hart, block);
        const auto begun = static_cast<unsigned>(compiled.state.begun() - before.state.begun());
        if (compiled.stopped && compiled.state.begun() < interpreted.state.begun()) {
            // It leaves to the interpreter what could have been done.
            take_back(hart, before);
            interpreted = interpret_part(hart, block, begun);
        }
        compare(hart, block, before, interpreted, compiled);
        restore(hart, compiled);
    }
    if (interpreted.stopped) hart.native.exit = native::kInterpret;
    hart.reach = Reach::kEverything;
    spare(-rest);
}

template <Guest G>
auto Audit<G>::outcome(Hart& hart) const -> Outcome {
    return {hart, G::slow_state(hart), journal_.contents(), false};
}

template <Guest G>
void Audit<G>::restore(Hart& hart, const Outcome& outcome) const {
    static_cast<CpuState&>(hart) = outcome.state;
    G::slow_state(hart) = outcome.slow;
}

template <Guest G>
void Audit<G>::take_back(Hart& hart, const Outcome& before) {
    journal_.put_back();
    restore(hart, before);
}

// An instruction that is beyond the reach has not begun.
template <Guest G>
bool stop_in_front(typename G::Hart& hart) {
    if (!hart.trap_pending || hart.trap_cause != kBeyondReach) return false;
    hart.trap_pending = false;
    ++hart.budget;
    return true;
}

template <Guest G>
auto Audit<G>::interpret(Hart& hart, const Block& block) -> Outcome {
    Tlb* const tlb = hart.tlb;
    if (const std::pair<const Tlb*, u64> now(tlb, hart.fetch_key); now != tlb_filled_for_) {
        tlb_.flush();
        tlb_filled_for_ = now;
    }
    hart.tlb = &tlb_;
    memory_.set_journal(&journal_);
    enter_block<G>(hart, block, block.first_handler);
    memory_.set_journal(nullptr);
    hart.tlb = tlb;
    hart.forget_way();
    const bool stopped = stop_in_front<G>(hart);
    Outcome result = outcome(hart);
    result.stopped = stopped;
    return result;
}

template <Guest G>
auto Audit<G>::interpret_part(Hart& hart, const Block& block, unsigned count) -> Outcome {
    Outcome result;
    if (count == 0) {
        result = outcome(hart);
    } else {
        BlockCode<G> code(memory_, block);
        const auto part = interp::build_block<G>(hart, code.bytes(), block.mode, count);
        const i64 rest = block.count - part->count;
        hart.budget -= rest;
        result = interpret(hart, *part);
        result.state.budget += rest;
    }
    result.stopped = true;
    return result;
}

template <Guest G>
auto Audit<G>::run_native(Hart& hart, const Block& block) -> Outcome {
    interp::count_entry(block.code());
    enter_block<G>(hart, block, block.code()->handler);
    const bool beyond = stop_in_front<G>(hart);
    u64& exit = hart.native.exit;
    // The block is done and led to a region, for which no budget was left.
    if (exit == native::kInterpret && hart.budget == 0) exit = native::kGoOn;
    Outcome result = outcome(hart);
    result.stopped = beyond || (exit == native::kInterpret && !hart.trap_pending);
    return result;
}

// Calls f(name, value before, value by the interpreter, value by native code) for all that a block
// may change.
template <Guest G>
template <class F>
void Audit<G>::for_each_value(const Outcome& before, const Outcome& interpreted,
                              const Outcome& compiled, F f) const {
    const auto visit = [&](std::string_view name, auto of) {
        f(name, u64{of(before)}, u64{of(interpreted)}, u64{of(compiled)});
    };
    visit("pc", [](const Outcome& o) { return o.state.pc; });
    visit("instructions begun", [](const Outcome& o) { return o.state.begun(); });
    visit("stops", [](const Outcome& o) { return o.stopped; });
    visit("traps", [](const Outcome& o) { return o.state.trap_pending; });
    visit("trap cause",
          [](const Outcome& o) { return o.state.trap_pending ? o.state.trap_cause : 0; });
    visit("trap value",
          [](const Outcome& o) { return o.state.trap_pending ? o.state.trap_value : 0; });
    visit("exit request", [](const Outcome& o) { return o.state.exit_request; });
    visit("floating-point flags", [](const Outcome& o) {
        return o.state.soft_fflags | host::fflags_from_mxcsr(o.state.mxcsr);
    });
    visit("MXCSR's control", [](const Outcome& o) { return o.state.mxcsr & ~host::kMxcsrFlags; });
    visit("other state changed", [&](const Outcome& o) { return !(o.slow == before.slow); });
    visit("other state differs", [&](const Outcome& o) { return !(o.slow == interpreted.slow); });
    for (size_t slot = 0; slot < kRegisterSlots; ++slot)
        if (const std::string_view name = G::slot_name(slot); !name.empty())
            visit(name, [slot](const Outcome& o) { return o.state.regs[slot]; });
    for (size_t g = 0; g < interpreted.ram.size(); ++g)
        for (size_t at = 0; at < kGranuleSize; at += sizeof(u64)) {
            const auto word = [&](const std::vector<WriteJournal::Granule>& ram) {
                u64 value;
                std::memcpy(&value, ram[g].data() + at, sizeof value);
                return value;
            };
            const u64 a = word(interpreted.ram);
            const u64 b = word(compiled.ram);
            if (a != b)
                f(fmt::format("[{:#x}]", journal_.addresses()[g] + at), word(journal_.before()), a,
                  b);
        }
}

template <Guest G>
std::string disassemble(const typename G::Hart& hart, std::span<const std::byte> code, u64 pc) {
    std::string text;
    for (size_t at = 0; at < code.size();) {
        const std::span<const std::byte> bytes = code.subspan(at);
        const u64 address = static_cast<typename G::Address>(pc + at);
        text += fmt::format("  {:#x}: {}\n", address, G::disassemble(hart, bytes, address));
        at += G::insn_length(bytes);
    }
    return text;
}

template <Guest G>
void Audit<G>::compare(Hart& hart, const Block& block, const Outcome& before,
                       const Outcome& interpreted, const Outcome& compiled) const {
    bool same = true;
    for_each_value(before, interpreted, compiled,
                   [&](std::string_view, u64, u64 a, u64 b) { same &= a == b; });
    if (same) return;
    std::vector<AuditedValue> values;
    for_each_value(before, interpreted, compiled,
                   [&](std::string_view name, u64 at_first, u64 a, u64 b) {
                       values.push_back({std::string(name), at_first, a, b});
                   });
    const auto* code = static_cast<const std::byte*>(block.native->code);
    throw AuditFailure(
        {.hart = hart.id,
         .pc = before.state.pc,
         .physical = block.physical,
         .mode = block.mode,
         .guest = disassemble<G>(hart, BlockCode<G>(memory_, block).bytes(), before.state.pc),
         .ir = ir::print(translate_block<G>(memory_, hart, block)),
         .host = {code, code + block.native->code_bytes},
         .host_address = reinterpret_cast<u64>(code),
         .values = std::move(values)});
}

}  // namespace kiln
