#include "jit/native/fault_sites.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <ucontext.h>

namespace kiln::native {
namespace {

struct Registry {
    // A thread that faults in native code holds no lock: the handler may take this one.
    std::mutex mutex;
    std::map<u64, const std::vector<FaultSite>*> by_first;
    struct sigaction previous {};
    bool passed_on = false;
};

Registry& registry() {
    static Registry all;
    return all;
}

// 0: it is none of ours.
u64 find(u64 address) {
    Registry& all = registry();
    const std::scoped_lock lock(all.mutex);
    const auto behind = all.by_first.upper_bound(address);
    if (behind == all.by_first.begin()) return 0;
    const std::vector<FaultSite>& sites = *std::prev(behind)->second;
    const auto found = std::ranges::lower_bound(sites, address, {}, &FaultSite::address);
    return found != sites.end() && found->address == address ? found->goes_on : 0;
}

// By the previous disposition, or where that has led here again, the default one. A fault that the
// processor raised comes again by itself when its instruction is executed again.
void pass_on(int signal, const siginfo_t& info) {
    Registry& all = registry();
    const bool was_sent = info.si_code <= 0;
    const bool is_ignored =
        (all.previous.sa_flags & SA_SIGINFO) == 0 && all.previous.sa_handler == SIG_IGN;
    if (was_sent && is_ignored) return;
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    sigaction(signal, all.passed_on ? &by_default : &all.previous, nullptr);
    all.passed_on = true;
    if (was_sent) raise(signal);
}

void on_fault(int signal, siginfo_t* info, void* context) {
    greg_t& next = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
    const u64 goes_on = find(static_cast<u64>(next));
    if (goes_on == 0) return pass_on(signal, *info);
    next = static_cast<greg_t>(goes_on);
}

// Others may have put theirs in front since.
void handle_faults(Registry& all) {
    struct sigaction now {};
    sigaction(SIGSEGV, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault) return;
    all.previous = now;
    all.passed_on = false;
    struct sigaction ours {};
    ours.sa_sigaction = on_fault;
    ours.sa_flags = SA_SIGINFO;
    sigemptyset(&ours.sa_mask);
    sigaction(SIGSEGV, &ours, nullptr);
}

}  // namespace

FaultSites::FaultSites(std::vector<FaultSite> sites) : sites_(std::move(sites)) {
    if (sites_.empty()) return;
    std::ranges::sort(sites_, {}, &FaultSite::address);
    Registry& all = registry();
    const std::scoped_lock lock(all.mutex);
    all.by_first[sites_.front().address] = &sites_;
    handle_faults(all);
}

FaultSites::~FaultSites() {
    if (sites_.empty()) return;
    Registry& all = registry();
    const std::scoped_lock lock(all.mutex);
    all.by_first.erase(sites_.front().address);
}

}  // namespace kiln::native
