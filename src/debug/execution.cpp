#include "debug/execution.h"

#include <algorithm>

namespace kiln::debug {
namespace {

constexpr u64 kPiece = 1'000'000;
constexpr unsigned kLookAhead = 16;

}  // namespace

void Execution::start(const Resume& resume) {
    resume_ = resume;
    step_end_ = machine_.hart(resume.hart).begun() + 1;
    u64 exempt = 0;
    if (steps()) exempt = resume.others_break ? u64{1} << resume.hart : ~u64{0};
    points_.set_exempt(exempt, 0);
}

// Instructions until somebody has to look.
u64 Execution::piece() const {
    if (!steps()) return kPiece;
    // Harts take turns as ever: a step of one may wait for those of the others.
    const Turn& turn = machine_.turn();
    if (!turn.open || turn.hart == resume_.hart) return 1;
    return turn.end - machine_.hart(turn.hart).begun();
}

bool Execution::step_is_done() {
    if (!steps()) return false;
    const riscv::Hart& hart = machine_.hart(resume_.hart);
    if (hart.begun() < step_end_) return false;
    const bool goes_on = hart.pc >= resume_.first && hart.pc < resume_.end;
    step_end_ = hart.begun() + 1;
    return !goes_on;
}

Stop Execution::stop_of_hart() {
    if (const auto hit = points_.take_hit()) return {Stop::kWatch, hit->hart, *hit};
    return {Stop::kBreakpoint, machine_.turn().hart, {}};
}

Execution::Outcome Execution::look_ahead(const PointSet& wanted, u64 limit) {
    for (unsigned i = 0; i < kLookAhead && machine_.begun() < limit; ++i) {
        const Turn& turn = machine_.turn();
        if (!turn.open) break;
        const u64 pc = machine_.hart(turn.hart).pc;
        if (wanted.has(BreakpointKind::kSoftware, pc) || wanted.has(BreakpointKind::kHardware, pc))
            return {.stop = Stop{Stop::kBreakpoint, turn.hart, {}}, .over = false};
        points_.set_exempt(~u64{0}, 0);
        const RunEnd end = machine_.run_until(machine_.begun() + 1);
        points_.set_exempt(0, 0);
        if (end == RunEnd::debug) return {.stop = stop_of_hart(), .over = false};
        if (end == RunEnd::over) return {.stop = {}, .over = true};
    }
    return {};
}

Execution::Outcome Execution::advance(u64 limit) {
    const u64 target = machine_.begun() + piece();
    switch (machine_.run_until(std::min(target, limit))) {
        case RunEnd::debug:
            return {.stop = stop_of_hart(), .over = false};
        case RunEnd::over:
            return {.stop = {}, .over = true};
        case RunEnd::reached:
        case RunEnd::woken:
        case RunEnd::left:
            break;
    }
    if (step_is_done()) return {.stop = Stop{Stop::kArrived, resume_.hart, {}}, .over = false};
    return {};
}

}  // namespace kiln::debug
