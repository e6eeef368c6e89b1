// The profiler with a clock that the test turns.
#include <gtest/gtest.h>
#include <list>
#include <string>

#include "bareflow_host.h"
#include "jit_runtime.h"

namespace {

class BareflowProfile : public ::testing::Test {
  protected:
    BareflowProfile() {
        jit_profile_reset();
        host_jitctl = nullptr;
        jit_set_threshold(100, 1000, 10000);
    }
    static void call(const char* name, uint64_t cycles) {
        jit_profile_begin(name);
        host_cycles += cycles;
        jit_profile_end(name);
    }
    static void calls(const char* name, int count) {
        while (count--) call(name, 1);
    }
};

TEST_F(BareflowProfile, CountsCyclesExactly) {
    for (const uint64_t cycles : {10u, 4u, 100u, 6u}) call("f", cycles);
    call("g", 77);
    EXPECT_EQ(jit_get_call_count("f"), 4u);
    EXPECT_EQ(jit_get_avg_cycles("f"), 30u);
    EXPECT_EQ(jit_get_min_cycles("f"), 4u);
    EXPECT_EQ(jit_get_max_cycles("f"), 100u);
    EXPECT_EQ(jit_get_avg_cycles("g"), 77u);
    for (const auto get :
         {jit_get_call_count, jit_get_avg_cycles, jit_get_min_cycles, jit_get_max_cycles})
        EXPECT_EQ(get("never"), 0u);
}

TEST_F(BareflowProfile, OneTextAtTwoAddressesIsOneFunction) {
    const std::string copy = "f";
    call("f", 10);
    call(copy.c_str(), 20);
    EXPECT_EQ(jit_get_call_count("f"), 2u);
    EXPECT_EQ(jit_get_avg_cycles("f"), 15u);
}

TEST_F(BareflowProfile, NestedCalls) {
    jit_profile_begin("outer");
    host_cycles += 5;
    call("inner", 10);
    jit_profile_begin("outer");
    host_cycles += 1;
    jit_profile_end("outer");
    jit_profile_end("outer");
    EXPECT_EQ(jit_get_avg_cycles("inner"), 10u);
    EXPECT_EQ(jit_get_call_count("outer"), 2u);
    EXPECT_EQ(jit_get_min_cycles("outer"), 1u);
    EXPECT_EQ(jit_get_max_cycles("outer"), 16u);
}

TEST_F(BareflowProfile, EndsWithoutBeginAndBeginsWithoutEnd) {
    jit_profile_end("nobody");
    EXPECT_EQ(jit_get_call_count("nobody"), 0u);
    jit_profile_begin("outer");
    jit_profile_begin("forgotten");
    host_cycles += 3;
    jit_profile_end("outer");
    EXPECT_EQ(jit_get_avg_cycles("outer"), 3u);
    EXPECT_EQ(jit_get_call_count("forgotten"), 0u);
    jit_profile_end("outer");
    EXPECT_EQ(jit_get_call_count("outer"), 1u);
    call("after", 2);
    EXPECT_EQ(jit_get_avg_cycles("after"), 2u);
}

TEST_F(BareflowProfile, DeepRecursion) {
    for (int i = 0; i < 300; ++i) jit_profile_begin("deep");
    for (int i = 0; i < 44; ++i) jit_profile_end("deep");
    EXPECT_EQ(jit_get_call_count("deep"), 0u);
    for (int i = 0; i < 256; ++i) jit_profile_end("deep");
    EXPECT_EQ(jit_get_call_count("deep"), 256u);
    call("after", 9);
    EXPECT_EQ(jit_get_avg_cycles("after"), 9u);
}

TEST_F(BareflowProfile, SixtyFourNamesAndNoMore) {
    std::list<std::string> names;
    for (int i = 0; i < 100; ++i) {
        names.push_back("function " + std::to_string(i));
        call(names.back().c_str(), static_cast<uint64_t>(i));
    }
    int i = 0;
    for (const std::string& name : names) {
        EXPECT_EQ(jit_get_call_count(name.c_str()), i < 64 ? 1u : 0u);
        EXPECT_EQ(jit_get_avg_cycles(name.c_str()), i < 64 ? static_cast<uint64_t>(i) : 0u);
        ++i;
    }
}

TEST_F(BareflowProfile, ManyAddressesOfOneName) {
    std::list<std::string> copies;
    for (int i = 0; i < 1000; ++i) {
        copies.emplace_back("same");
        call(copies.back().c_str(), 1);
    }
    EXPECT_EQ(jit_get_call_count("same"), 1000u);
}

TEST_F(BareflowProfile, OverheadLeavesNoTrace) {
    jit_profile_overhead();
    host_clear_output();
    call("f", 1);
    jit_profile_report();
    EXPECT_EQ(std::string(host_output).find("pair"), std::string::npos);
}

TEST_F(BareflowProfile, ReportHasARowAFunction) {
    call("f", 10);
    call("f", 20);
    host_clear_output();
    jit_profile_report();
    const std::string expected =
        "# function                      calls        average        minimum        maximum  "
        "level\n"
        "# f                                 2             15             10             20      "
        "0\n";
    EXPECT_EQ(host_output, expected);
}

// --- The emulator's door -------------------------------------------------------------------------

constexpr uint64_t kMagic = 0x0054494a4e4c494b;

class BareflowJitctl : public BareflowProfile {
  protected:
    BareflowJitctl() {
        at(0x00) = kMagic;
        at(0x08) = 1;
        at(0x10) = 7;
        at(0x18) = 3;
        at(0x48) = 2;
        host_jitctl = registers_;
    }
    ~BareflowJitctl() override { host_jitctl = nullptr; }
    uint64_t& at(unsigned offset) { return registers_[offset / 8]; }

    uint64_t registers_[512] = {};
};

TEST_F(BareflowProfile, WithoutDeviceNothingIsPretended) {
    calls("known", 100000);
    EXPECT_FALSE(jit_control_present());
    EXPECT_EQ(jit_optimize_hot_functions(), JIT_UNAVAILABLE);
    EXPECT_EQ(jit_get_optimization_level("known"), 0);
}

TEST_F(BareflowProfile, ThresholdsMustAscend) {
    EXPECT_TRUE(jit_set_threshold(1, 2, 3));
    EXPECT_FALSE(jit_set_threshold(1, 1, 3));
    EXPECT_FALSE(jit_set_threshold(1, 3, 3));
    EXPECT_FALSE(jit_set_threshold(3, 2, 1));
}

TEST_F(BareflowJitctl, AnotherDeviceIsNone) {
    EXPECT_TRUE(jit_control_present());
    at(0x08) = 2;
    EXPECT_FALSE(jit_control_present());
    at(0x08) = 1;
    at(0x00) = ~kMagic;
    EXPECT_FALSE(jit_control_present());
    EXPECT_EQ(jit_get_optimization_level("known"), 0);
}

TEST_F(BareflowJitctl, AsksForWarmFunctionsOfTheProgram) {
    calls("known cold", 99);
    calls("unknown", 100000);
    EXPECT_EQ(jit_optimize_hot_functions(), 0);
    EXPECT_EQ(at(0x38), 0u);
    calls("known warm", 100);
    EXPECT_EQ(jit_optimize_hot_functions(), 1);
    EXPECT_EQ(at(0x28), 0x1000u);
    EXPECT_EQ(at(0x30), 256u);
    EXPECT_EQ(at(0x38), 2u);
}

TEST_F(BareflowJitctl, CountsWhatIsAccepted) {
    calls("known", 100);
    const std::pair<uint64_t, int> answers[] = {{0, 1}, {4, 1}, {1, 0}, {2, 0}, {3, 0}};
    for (const auto& [status, accepted] : answers) {
        at(0x40) = status;
        EXPECT_EQ(jit_optimize_hot_functions(), accepted) << status;
    }
}

TEST_F(BareflowJitctl, UnavailableWithoutCompiler) {
    calls("known", 100);
    at(0x10) = 5;
    EXPECT_EQ(jit_optimize_hot_functions(), JIT_UNAVAILABLE);
    at(0x10) = 7;
    at(0x18) = 0;
    EXPECT_EQ(jit_optimize_hot_functions(), JIT_UNAVAILABLE);
}

TEST_F(BareflowJitctl, LevelIsTheEmulators) {
    EXPECT_EQ(jit_get_optimization_level("known"), 2);
    EXPECT_EQ(at(0x38), 1u);
    EXPECT_EQ(jit_get_optimization_level("unknown"), 0);
    at(0x40) = 1;
    EXPECT_EQ(jit_get_optimization_level("known"), 0);
}

TEST_F(BareflowJitctl, ThresholdsArePassedOn) {
    EXPECT_TRUE(jit_set_threshold(5, 6, 7));
    EXPECT_EQ(at(0x88), 5u);
    EXPECT_EQ(at(0x90), 6u);
    EXPECT_EQ(at(0x98), 7u);
    EXPECT_EQ(at(0x38), 3u);
    at(0x40) = 5;
    EXPECT_FALSE(jit_set_threshold(50, 60, 70));
    at(0x40) = 0;
    calls("known", 5);
    EXPECT_EQ(jit_optimize_hot_functions(), 1);
}

}  // namespace
