// How a machine runs: harts take turns, and devices are looked at in between.
#include <algorithm>
#include <chrono>

#include "devices/bits.h"
#include "machine/host_wait.h"
#include "machine/machine.h"
#include "support/error.h"

namespace kiln {
namespace {

using riscv::Hart;

// The console is looked at this often.
constexpr u64 kPollTicks = kTimebaseHz / 1000;

}  // namespace

u64 Machine::begun() const {
    u64 sum = 0;
    for (const auto& hart : harts_) sum += hart->begun();
    return sum;
}

std::optional<int> Machine::exit_code() const {
    if (const auto code = board_->exit_code()) return code;
    if (htif_ && htif_->exit_code()) return htif_->exit_code();
    return inputs_.ended();
}

// The next time at which a timer or device has something to do.
u64 Machine::deadline() {
    u64 next = board_->next_deadline();
    for (const auto& hart : harts_) {
        const bool armed = (hart->menvcfg & riscv::kEnvStce) != 0 && !hart->stimer;
        if (armed && hart->stimecmp != ~u64{0}) {
            // stimecmp counts in mtime, which the guest may have set.
            const u64 time = board_->mtime();
            const u64 wait = hart->stimecmp > time ? hart->stimecmp - time : 0;
            next = std::min(next, saturating_add(clock().now(), wait));
        }
    }
    return next <= kLastTick ? next : ~u64{0};
}

u64 Machine::slice() const {
    // Harts wait for each other, which a long slice is spent on; and equal runs have equal slices.
    const bool alone = harts_.size() == 1 && config_.clock == ClockKind::host;
    return alone ? slice_length_.get() : SliceLength::kShortest;
}

// Instructions that the harts may begin until the limit is reached.
u64 Machine::left() const {
    if (!config_.limit_instructions) return ~u64{0};
    return *config_.limit_instructions - std::min(*config_.limit_instructions, begun());
}

void Machine::look_at_devices() {
    inputs_.take_in(now());
    const u64 now = clock().now();
    if (now >= deadline() || now >= next_poll_) {
        board_->poll();
        next_poll_ = now + kPollTicks;
    }
    for (auto& hart : harts_) hart->update_timer();
}

// The hart's turn goes on until then without a look at the devices.
void Machine::plan_look() {
    turn_.look_at = turn_.end;
    if (config_.clock == ClockKind::host) return;
    const u64 until = instruction_clock_.instructions_until(deadline());
    turn_.look_at = std::min(turn_.end, harts_[turn_.hart]->begun() + until);
}

// Begins the turn of the next hart that does not wait. False: all of them wait.
bool Machine::open_turn() {
    for (size_t i = 0; i < harts_.size(); ++i) {
        const size_t next = (turn_.hart + i) % harts_.size();
        Hart& hart = *harts_[next];
        if (hart.waiting && !hart.wakes()) continue;
        if (hart.waiting) {
            hart.waiting = false;
            hart.exit_request |= kExitPoll;
        }
        if (harts_.size() > 1) hart.reservation.valid = false;
        // User code that never traps may have earned its user window again.
        hart.update_context();
        turn_ = {static_cast<u32>(next), true, hart.begun() + slice(), 0};
        plan_look();
        turn_began_ = host_clock_.now();
        return true;
    }
    return false;
}

void Machine::close_turn() {
    if (harts_[turn_.hart]->begun() == turn_.end)
        slice_length_.took(host_clock_.now() - turn_began_);
    turn_ = {static_cast<u32>((turn_.hart + 1) % harts_.size()), false, 0, 0};
}

// Whether a hart that stopped for `reason` leaves the rest of its turn to the others.
bool Machine::gives_up(Hart& hart, StopReason reason) {
    switch (reason) {
        case StopReason::kBudget:
        case StopReason::kDebug:
            return false;
        case StopReason::kWait:
            if (!hart.wakes()) return true;
            hart.waiting = false;
            return false;
        case StopReason::kYield:
            return harts_.size() > 1;
        case StopReason::kMachine:
            return exit_code() || board_->reset_requested() || (jit_ && jit_->take_slice_over());
    }
    return false;
}

// Lets the hart whose turn it is begin up to `most` instructions.
StopReason Machine::run_hart(u64 most) {
    Hart& hart = *harts_[turn_.hart];
    if (jit_) jit_->follow(&hart);
    const u64 left = std::min(turn_.look_at - hart.begun(), most);
    const StopReason reason = engine_->run(hart, static_cast<i64>(left));
    if (jit_) jit_->follow(nullptr);
    if (gives_up(hart, reason) || hart.begun() == turn_.end) {
        close_turn();
    } else if (reason == StopReason::kMachine && config_.clock == ClockKind::icount) {
        turn_.look_at = hart.begun();  // a deadline may have moved
    }
    return reason;
}

// Whether one of wake_inputs_ has input.
bool Machine::woken() const {
    return std::ranges::any_of(wake_inputs_, [](int fd) { return has_input(fd); });
}

// All harts wait until the next deadline or until there is input. True: it is one of wake_inputs_.
bool Machine::idle() {
    board_->poll();
    for (auto& hart : harts_) hart->update_timer();
    if (std::any_of(harts_.begin(), harts_.end(), [](const auto& hart) { return hart->wakes(); }))
        return false;
    const u64 wake = inputs_.wait(now(), deadline(), wake_inputs_);
    if (config_.clock == ClockKind::icount) instruction_clock_.skip_to(wake);
    board_->poll();
    for (auto& hart : harts_) hart->update_timer();
    return woken();
}

void Machine::debug(DebugPoints& points) {
    for (auto& hart : harts_) hart->debug = &points;
}

void Machine::watches_changed() {
    for (auto& hart : harts_) hart->update_protection();
}

RunEnd Machine::run_until(u64 target) {
    for (;;) {
        if (!turn_.open && (exit_code() || board_->reset_requested())) return RunEnd::over;
        const u64 now = begun();
        if (now >= target) return RunEnd::reached;
        if (!turn_.open) {
            look_at_devices();
            if (!open_turn() && idle()) return RunEnd::woken;
            continue;
        }
        if (harts_[turn_.hart]->begun() == turn_.look_at) {
            look_at_devices();
            plan_look();
        }
        if (run_hart(target - now) == StopReason::kDebug) return RunEnd::debug;
    }
}

// What was hot is written for later runs.
void Machine::keep_profile() {
    if (!kept_) return;
    engine_->note_heat();
    kept_->save();
}

std::optional<int> Machine::run(MachineDriver* driver) {
    const auto start = std::chrono::steady_clock::now();
    const u64 limit = config_.limit_instructions.value_or(~u64{0});
    const RunEnd end = driver == nullptr ? run_until(limit) : driver->drive(*this, limit);
    std::optional<int> code = exit_code();
    if (end == RunEnd::reached) code = kExitLimit;
    abandoned_ = end == RunEnd::left;
    if (abandoned_) code = 0;
    inputs_.console().poll();
    keep_profile();
    wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return code;
}

}  // namespace kiln
