#include "cli/host_sampler.h"

#include <algorithm>
#include <csignal>
#include <numeric>
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

void HostSampler::start(std::span<const std::byte> memory) {
    static_assert(native::CodeSpace::kCodeAlignment % kGrain == 0);
    stop();
    begin_ = reinterpret_cast<u64>(memory.data());
    size_ = memory.size();
    all_ = 0;
    counts_.assign(size_ / kGrain + 1, 0);
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

std::span<const u32> HostSampler::part(u64 address, u64 bytes) const {
    if (address - begin_ >= size_) return {};
    const u64 first = (address - begin_) / kGrain;
    return std::span(counts_).subspan(first, (bytes + kGrain - 1) / kGrain);
}

u64 HostSampler::samples(u64 address, u64 bytes) const {
    const std::span<const u32> counts = part(address, bytes);
    return std::accumulate(counts.begin(), counts.end(), u64{0});
}

void HostSampler::forget(u64 address, u64 bytes) noexcept {
    const std::span<const u32> counts = part(address, bytes);
    if (counts.empty()) return;
    std::fill_n(counts_.begin() + (counts.data() - counts_.data()), counts.size(), 0);
}

}  // namespace kiln
