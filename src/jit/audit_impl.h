// Definitions of Audit's members, for the files that instantiate it.
#pragma once

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <unordered_map>
#include <utility>

#include "jit/audit.h"
#include "jit/block_code.h"
#include "jit/guest_lines.h"
#include "jit/interp/block_builder.h"
#include "jit/ir/text.h"
#include "jit/translate_block.h"

namespace kiln {

template <Guest G>
void Audit<G>::run(Hart& hart, Block& block) {
    const u64 limit = hart.begun_limit;
    const bool region = block.native->in_region();
    hart.reach = Reach::kPlainRam;
    hart.forget_way();
    journal_.clear();
    const Outcome before = outcome(hart);
    // Of a block nothing runs that follows it.
    Outcome interpreted =
        interpret(hart, block, region ? std::min(hart.budget, kMost) : i64{block.count});
    // Where the run was asked to end, code may have gone: what the interpreter did counts.
    if (hart.exit_request == 0) {
        take_back(hart, before);
        check(hart, block, before, interpreted);
    }
    if (interpreted.stopped) hart.native.exit = native::kInterpret;
    hart.reach = Reach::kEverything;
    hart.budget = static_cast<i64>(limit - hart.begun());
    hart.begun_limit = limit;
    // A user window that was given up may have been taken back.
    hart.update_context();
}

// Runs the native code, and compares what it does with what the interpreter did: `interpreted`,
// which becomes what counts.
template <Guest G>
void Audit<G>::check(Hart& hart, const Block& block, const Outcome& before, Outcome& interpreted) {
    const bool region = block.native->in_region();
    const auto begun = [&](const Outcome& o) {
        return static_cast<i64>(o.state.begun() - before.state.begun());
    };
    // A region asks for as much as its longest way takes. Where native code cannot go on it may
    // have that much: it does not use it.
    const i64 spare = interpreted.at_end ? kLongest : 0;
    set_budget(hart, region ? begun(interpreted) + spare : i64{block.count});
    const Outcome compiled = run_native(hart, block);
    const bool earlier = begun(compiled) < begun(interpreted);
    if (region && begun(compiled) == 0) {
        // It leaves the block to the interpreter.
        Outcome nothing = before;
        nothing.ram = journal_.before();
        nothing.stopped = compiled.stopped;
        compare(hart, block, before, nothing, compiled);
        take_back(hart, before);
        interpreted = interpret(hart, block, block.count);
        return;
    }
    if (earlier && (region || compiled.stopped)) {
        // It leaves to the interpreter, or another block, what could have been done.
        take_back(hart, before);
        interpreted = interpret(hart, block, begun(compiled));
    }
    if (region || earlier) interpreted.stopped = compiled.stopped;
    compare(hart, block, before, interpreted, compiled);
    restore(hart, compiled);
    // A region ends in front of itself where its budget does.
    if (region && compiled.stopped && !compiled.at_end && leads_to_region(hart)) {
        hart.native.exit = native::kGoOn;
        interpreted.stopped = false;
    }
}

// Whether what comes next is the code of a region.
template <Guest G>
bool Audit<G>::leads_to_region(const Hart& hart) const {
    const std::optional<const Block*> next = known_(hart);
    return next && *next != nullptr && (*next)->native != nullptr && (*next)->native->in_region();
}

template <Guest G>
void Audit<G>::set_budget(Hart& hart, i64 budget) const {
    hart.begun_limit = hart.begun() + static_cast<u64>(budget);
    hart.budget = budget;
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

// A and D of page table entries are taken back, too, so that nothing may be known of pages.
template <Guest G>
void Audit<G>::take_back(Hart& hart, const Outcome& before) {
    journal_.put_back();
    tlb_.flush();
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

// Runs up to `most` instructions on the interpreter, from `block` on, as far as native code may.
template <Guest G>
auto Audit<G>::interpret(Hart& hart, const Block& block, i64 most) -> Outcome {
    Tlb* const tlb = hart.tlb;
    if (const std::pair<const Tlb*, u64> now(tlb, hart.fetch_key); now != tlb_filled_for_) {
        tlb_.flush();
        tlb_filled_for_ = now;
    }
    set_budget(hart, most);
    hart.tlb = &tlb_;
    memory_.set_journal(&journal_);
    path_.clear();
    std::optional<const Block*> next;
    if (most != 0) next = &block;
    while (next && *next != nullptr) {
        path_.push_back({*next, hart.pc});
        interpret_block(hart, **next);
        next = follow(hart);
    }
    memory_.set_journal(nullptr);
    hart.tlb = tlb;
    hart.forget_way();
    const bool stopped = stop_in_front<G>(hart);
    Outcome result = outcome(hart);
    result.stopped = stopped;
    result.at_end = next.has_value();
    return result;
}

// The block that native code may go on with; nullptr: it cannot go on. No value: that is not known,
// or the budget ends.
template <Guest G>
auto Audit<G>::follow(const Hart& hart) const -> std::optional<const Block*> {
    if (hart.trap_pending || hart.exit_request != 0) return nullptr;
    if (hart.budget == 0) return std::nullopt;
    const std::optional<const Block*> next = known_(hart);
    const bool none =
        next && *next != nullptr && (*next)->native == nullptr && (*next)->regions == 0;
    return none ? nullptr : next;
}

// Runs the block, or as much of it as the budget lasts.
template <Guest G>
void Audit<G>::interpret_block(Hart& hart, const Block& block) {
    if (block.count <= hart.budget) {
        enter_block<G>(hart, block, block.first_handler);
        return;
    }
    const BlockCode<G> code(memory_, block);
    const auto part =
        interp::build_block<G>(hart, code.bytes(), block.mode, static_cast<unsigned>(hart.budget));
    enter_block<G>(hart, *part, part->first_handler);
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
    result.at_end = beyond;
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
    visit("exit request", [](const Outcome& o) { return o.state.exit_request & ~kExitWindow; });
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
    std::vector<GuestLine> lines;
    add_guest_lines<G>(lines, hart, code, pc);
    std::string text;
    for (const GuestLine& line : lines) text += fmt::format("  {:#x}: {}\n", line.pc, line.text);
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
    AuditedCode report{.hart = hart.id,
                       .pc = before.state.pc,
                       .physical = block.physical,
                       .mode = block.mode,
                       .region = block.native->in_region(),
                       .guest = {},
                       .ir = {},
                       .host = {code, code + block.native->code_bytes},
                       .host_address = reinterpret_cast<u64>(code),
                       .values = std::move(values)};
    list_path(hart, report);
    throw AuditFailure(report);
}

// The blocks that ran, in the order in which they came first.
template <Guest G>
void Audit<G>::list_path(const Hart& hart, AuditedCode& report) const {
    std::unordered_map<const Block*, u64> times;
    for (const Step& step : path_) ++times[step.block];
    for (const Step& step : path_) {
        const u64 count = std::exchange(times[step.block], 0);
        if (count == 0) continue;
        if (report.region)
            report.guest += fmt::format(" block at {:#x}, entered {} times\n", step.pc, count);
        report.guest += disassemble<G>(hart, BlockCode<G>(memory_, *step.block).bytes(), step.pc);
        report.ir += ir::print(translate_block<G>(memory_, hart, *step.block));
    }
}

}  // namespace kiln
