// What runs leave to each other, and who made it.
#include "jit/kept/kept_code.h"

#include <fstream>
#include <sched.h>

#include "jit/kept/identity.h"
#include "unit/kept_rig.h"

namespace kiln::kept {
namespace {

using test::content;
using test::key;

constexpr GuestKind kGuest = {0x8000'0000, 64};
constexpr u64 kMode = 3;

class KeptCodeOfRuns : public test::KeptFolder {
  protected:
    KeptCode run() const { return KeptCode(path, test::kEnough, test::kIdentity, kGuest); }

    std::vector<std::byte> code = content(1, 16);
    ProfileRegion region = {0x8000'0040, kMode, 10, {{0, 16, hash_code(code), 1, 0}}};
};

TEST_F(KeptCodeOfRuns, WhatOneFoundHotTheNextFinds) {
    {
        KeptCode first = run();
        EXPECT_TRUE(first.warm_start().find(0x8000'0040, kMode, code).empty());
        first.add(region);
        first.store().put(key(first.store(), 1), code);
        // Nothing changes for the run itself.
        EXPECT_TRUE(first.warm_start().find(0x8000'0040, kMode, code).empty());
        first.save();
    }
    KeptCode second = run();
    const auto found = second.warm_start().find(0x8000'0040, kMode, code);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(*found[0], region);
    EXPECT_EQ(second.store().find(key(second.store(), 1)), code);
}

TEST_F(KeptCodeOfRuns, SavingTwiceCountsOnce) {
    KeptCode first = run();
    first.add(region);
    first.save();
    first.save();
    const KeptCode second = run();
    EXPECT_EQ(second.warm_start().find(0x8000'0040, kMode, code).at(0)->heat, 10u);
}

TEST_F(KeptCodeOfRuns, AnUnusableFolderIsNoTrouble) {
    path = "/proc/kiln";
    KeptCode only = run();
    only.add(region);
    only.save();
    EXPECT_FALSE(only.store().find(key(only.store(), 1)));
}

std::string own_program() {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(KeptIdentity, NamesTheProgram) {
    const std::string id = build_id();
    ASSERT_EQ(id.size(), 40u);
    std::string bytes("GNU\0", 4);
    for (size_t i = 0; i < id.size(); i += 2)
        bytes += static_cast<char>(std::stoi(id.substr(i, 2), nullptr, 16));
    EXPECT_NE(own_program().find(bytes), std::string::npos);
    EXPECT_NE(identity("x").find(id), std::string::npos);
}

TEST(KeptIdentity, NamesTheProcessor) {
    std::ifstream cpuinfo("/proc/cpuinfo");
    std::string line;
    while (std::getline(cpuinfo, line) && !line.starts_with("model name")) continue;
    const std::string name = line.substr(std::min(line.find(": ") + 2, line.size()));
    ASSERT_FALSE(name.empty());
    EXPECT_TRUE(processor().starts_with(name)) << processor();
    EXPECT_EQ(processor(), processor());
    EXPECT_NE(identity("x").find(processor()), std::string::npos);
}

TEST(KeptIdentity, NamesTheBackend) { EXPECT_NE(identity("a 1"), identity("a 2")); }

TEST(KeptIdentity, IsTheSameOnEveryProcessorOfThisHost) {
    cpu_set_t before;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    const std::string here = processor();
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &before)) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
        EXPECT_EQ(processor(), here) << cpu;
    }
    EXPECT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace kiln::kept
