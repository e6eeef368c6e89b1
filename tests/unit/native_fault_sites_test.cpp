// Code that may fault goes on elsewhere; faults of others are theirs.
#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

#include "jit/native/fault_sites.h"

extern "C" {
extern char fault_test_load[];
extern char fault_test_elsewhere[];
}

namespace kiln::native {
namespace {

constexpr u64 kElsewhere = 77;
constexpr int kOthers = 42;

[[gnu::naked, gnu::noinline]] u64 load(const u64*) {
    asm("fault_test_load: mov (%rdi), %rax\n ret\n"
        "fault_test_elsewhere: mov $77, %eax\n ret");
}

std::vector<FaultSite> site() {
    return {{reinterpret_cast<u64>(fault_test_load), reinterpret_cast<u64>(fault_test_elsewhere)}};
}
const u64* nowhere() {
    const u64* volatile address = reinterpret_cast<const u64*>(u64{8});
    return address;
}

void exit_with_others(int) { _exit(kOthers); }
void handle(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(SIGSEGV, &action, nullptr);
}

// As a handler that only wants to know first: what was there before has the signal.
struct sigaction before_passing {};
void pass_back(int) { sigaction(SIGSEGV, &before_passing, nullptr); }

TEST(FaultSites, GoOnElsewhere) {
    const FaultSites faults(site());
    const u64 value = 4711;
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(load(nowhere()), kElsewhere);
        EXPECT_EQ(load(&value), 4711u);
    }
}

TEST(FaultSites, AnyOfThem) {
    // Some in front and behind that are not the one.
    std::vector<FaultSite> sites = site();
    const u64 address = sites[0].address;
    for (u64 i = 1; i < 10; ++i) {
        sites.push_back({address + 16 * i, 1});
        sites.insert(sites.begin(), {address - 16 * i, 1});
    }
    const FaultSites faults(sites);
    const FaultSites others({{address + 10'000, 1}});
    EXPECT_EQ(load(nowhere()), kElsewhere);
}

TEST(FaultSitesDeathTest, OthersHaveTheirs) {
    const auto fault = [](bool with_sites) {
        handle(exit_with_others);
        const u64 address = reinterpret_cast<u64>(fault_test_load);
        const FaultSites others({{address - 1, 1}, {address + 1, 1}});
        if (with_sites) FaultSites gone(site());
        load(nowhere());
    };
    EXPECT_EXIT(fault(false), testing::ExitedWithCode(kOthers), "");
    EXPECT_EXIT(fault(true), testing::ExitedWithCode(kOthers), "");
}

TEST(FaultSitesDeathTest, AHandlerThatWasPutInFront) {
    const auto run = [](bool ours) {
        const FaultSites first({{1, 1}});
        handle(exit_with_others);
        const FaultSites second(ours ? site() : std::vector<FaultSite>{{2, 1}});
        _exit(static_cast<int>(load(nowhere())));
    };
    EXPECT_EXIT(run(true), testing::ExitedWithCode(kElsewhere), "");
    EXPECT_EXIT(run(false), testing::ExitedWithCode(kOthers), "");
}

// Two that hand the signal to each other come to an end.
TEST(FaultSitesDeathTest, ACircleEnds) {
    const auto run = [] {
        handle(SIG_DFL);
        const FaultSites first({{1, 1}});
        sigaction(SIGSEGV, nullptr, &before_passing);
        handle(pass_back);
        const FaultSites second({{2, 1}});
        load(nowhere());
    };
    EXPECT_EXIT(run(), testing::KilledBySignal(SIGSEGV), "");
}

}  // namespace
}  // namespace kiln::native
