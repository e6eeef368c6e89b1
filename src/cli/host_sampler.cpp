#include "cli/host_sampler.h"

#include <csignal>
#include <sys/time.h>
#include <ucontext.h>

#include "jit/native/code_space.h"

namespace kiln {
namespace {

constexpr suseconds_t kInterval = 1000;  // microseconds of processor time

HostSampler* running = nullptr;

void on_signal(int, siginfo_t*, void* context) {
    const auto* machine = static_cast<const ucontext_t*>(context);
    if (running != nullptr) running->take(static_cast<u64>(machine->uc_mcontext.gregs[REG_RIP]));
}

void set_interval(suseconds_t interval) {
    const itimerval timer{{0, interval}, {0, interval}};
    setitimer(ITIMER_PROF, &timer, nullptr);
}

}  // namespace

void HostSampler::start() {
    static_assert(native::CodeSpace::kCodeAlignment % kGrain == 0);
    stop();
    all_ = 0;
    counts_->fill({});
    running = this;
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGPROF, &action, nullptr);
    set_interval(kInterval);
}

// The handler stays: a signal may be under way.
void HostSampler::stop() {
    if (running != this) return;
    set_interval(0);
    running = nullptr;
}

// Where a grain is counted, or may be; nullptr: there is no room. (A program runs through a few
// thousand grains.)
HostSampler::Count* HostSampler::find(u64 grain) const noexcept {
    constexpr size_t kMostTries = 64;
    const size_t first = grain * 0x9e3779b97f4a7c15 >> 48;
    static_assert(kGrains == size_t{1} << (64 - 48));
    for (size_t tries = 0; tries < kMostTries; ++tries) {
        Count& count = (*counts_)[(first + tries) % kGrains];
        if (count.grain == grain || count.grain == 0) return &count;
    }
    return nullptr;
}

void HostSampler::take(u64 address) noexcept {
    ++all_;
    Count* const count = find(address / kGrain);
    if (count == nullptr) return;
    count->grain = address / kGrain;
    ++count->samples;
}

template <class F>
void HostSampler::for_each(u64 address, u64 bytes, F f) const {
    const u64 end = (address + bytes + kGrain - 1) / kGrain;
    for (u64 grain = address / kGrain; grain < end; ++grain)
        if (Count* const count = find(grain); count != nullptr && count->grain == grain) f(*count);
}

u64 HostSampler::samples(u64 address, u64 bytes) const {
    u64 sum = 0;
    for_each(address, bytes, [&](const Count& count) { sum += count.samples; });
    return sum;
}

void HostSampler::forget(u64 address, u64 bytes) noexcept {
    for_each(address, bytes, [](Count& count) { count.samples = 0; });
}

}  // namespace kiln
