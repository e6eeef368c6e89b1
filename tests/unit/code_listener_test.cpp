// What a listener is told of native code.
#include <map>

#include "jit/observe/code_listeners.h"
#include "native_engine_rig.h"

namespace kiln {
namespace {

using namespace engine_test;

struct Told {
    NativeCode code;
    std::vector<std::byte> guest;
    std::vector<GuestLine> lines;
    ir::Block ir;
};

// Writes everything down, and that each code goes once after it was made.
class Witness final : public CodeListener {
  public:
    void on_space(std::span<const std::byte> memory) override { space = memory; }
    void on_code(const NativeCode& code) override {
        EXPECT_GE(code.host.data(), space.data());
        EXPECT_LE(code.host.data() + code.host.size(), space.data() + space.size());
        EXPECT_TRUE(living.insert({code.host.data(), code.pc}).second);
        told.push_back({code, {code.guest.begin(), code.guest.end()}, code.disassemble(), code.ir});
        ready = false;
    }
    void on_ready() override { ready = true; }
    void on_gone(const std::byte* host) noexcept override { EXPECT_EQ(living.erase(host), 1u); }

    // How many that live were made at `pc`.
    size_t at(u64 pc) const {
        return static_cast<size_t>(
            std::ranges::count(living, pc, &std::pair<const std::byte* const, u64>::second));
    }

    std::span<const std::byte> space;
    std::vector<Told> told;
    std::map<const std::byte*, u64> living;  // and their pc
    bool ready = true;
};

EngineSetup telling(CodeListener& listener, EngineSetup setup = {}) {
    setup.hot.listener = &listener;
    return setup;
}

TEST(CodeListener, IsToldOfABlock) {
    Witness witness;
    NativeRig rig(kTierUp, 1, telling(witness));
    EXPECT_FALSE(witness.space.empty());
    const auto code = {"addi t0, t0, 1", "c.addi t2, 3", "bne t0, t1, .-6"};
    rig.put(kCode, {code.begin()[0], code.begin()[1], code.begin()[2], "jal zero, .+0"});
    rig.hart().set_x(kT1, 1000);
    rig.run(kCode, 3000);
    ASSERT_EQ(witness.told.size(), 1u);
    const Told& told = witness.told[0];
    EXPECT_EQ(told.code.name, "kiln:rv64:80004000");
    EXPECT_EQ(told.code.pc, kCode);
    EXPECT_EQ(told.code.physical, kCode);
    EXPECT_EQ(told.code.mode, riscv::Rv64::mode(rig.hart()));
    EXPECT_EQ(told.code.instructions, 3u);
    EXPECT_EQ(0, std::memcmp(told.guest.data(), rig.memory().host(kCode), 10));
    EXPECT_EQ(told.guest.size(), 10u);
    EXPECT_EQ(told.ir.count, 3u);
    EXPECT_EQ(told.ir.end, 10u);
    ASSERT_EQ(told.lines.size(), 3u);
    EXPECT_EQ(told.lines[0].text, "addi t0,t0,1");
    EXPECT_EQ(told.lines[1].text, "c.addi t2,3");
    EXPECT_EQ(told.lines[2].text, "bne t0,t1,0x80004000");
    EXPECT_EQ(told.lines[2].pc, kCode + 6);
    EXPECT_EQ(told.lines[1].bytes.size(), 2u);
    // What HandBackend begins a block with: sub r12, 3.
    const std::byte sub[] = {std::byte{0x49}, std::byte{0x81}, std::byte{0xec}, std::byte{3}};
    EXPECT_EQ(0, std::memcmp(told.code.host.data(), sub, sizeof sub));
    EXPECT_TRUE(witness.ready);
    EXPECT_EQ(witness.at(kCode), 1u);
}

TEST(CodeListener, IsToldOfACodeThatIsWrittenTo) {
    Witness witness;
    NativeRig rig(0, 1, telling(witness));
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + 16, {"addi t2, t2, 1", "jal zero, .-20"});
    rig.run(kCode, 40);
    EXPECT_EQ(witness.at(kCode) + witness.at(kCode + 16), 2u);
    rig.put(kCode, {"addi t0, t0, 2"});
    EXPECT_EQ(witness.at(kCode), 0u);
    EXPECT_EQ(witness.at(kCode + 16), 1u);
    rig.run(kCode, 40);
    EXPECT_EQ(witness.at(kCode), 1u);
    EXPECT_EQ(witness.told.back().lines[0].text, "addi t0,t0,2");
    // What is written again is told of again, under the address that it runs at.
    rig.put(kCode, {"addi t0, t0, 1"});
    EXPECT_EQ(witness.at(kCode), 0u);
    rig.run(kCode, 40);
    EXPECT_EQ(rig.hot().blocks_revived, 1u);
    EXPECT_EQ(witness.at(kCode), 1u);
    EXPECT_EQ(witness.told.back().lines[0].text, "addi t0,t0,1");
    EXPECT_TRUE(witness.ready);
}

// Blocks that are compiled together have addresses under the mapping of the one that was hot.
TEST(CodeListener, AddressesAreVirtual) {
    Witness witness;
    PagedRig rig(40, 1, telling(witness));
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + 16, {"addi t2, t2, 1", "jal zero, .-20"});
    rig.run(PagedRig::kFirst, 400);
    ASSERT_EQ(witness.told.size(), 2u);
    EXPECT_EQ(witness.told[0].code.physical, kCode);
    EXPECT_EQ(witness.told[1].code.physical, kCode + 16);
    for (const Told& told : witness.told) {
        EXPECT_EQ(told.code.pc, told.code.physical - kCode + PagedRig::kFirst);
        EXPECT_EQ(told.lines[0].pc, told.code.pc);
    }
    EXPECT_EQ(witness.told[0].code.name, "kiln:rv64:1000");
}

// One instruction on two pages: its bytes are those of both.
TEST(CodeListener, BlockOnTwoPages) {
    Witness witness;
    PagedRig rig(0, 1, telling(witness));
    const u64 last = kCode + kPageSize - 2;
    const u32 addi = 0x00128293;  // addi t0, t0, 1
    rig.write(last, &addi, 2);
    rig.write(kOther, reinterpret_cast<const char*>(&addi) + 2, 2);
    rig.put(kOther + 2, {"jal zero, .+0"});
    rig.run(PagedRig::kSecond - 2, 10);
    ASSERT_FALSE(witness.told.empty());
    EXPECT_EQ(witness.told[0].code.pc, PagedRig::kSecond - 2);
    EXPECT_EQ(0, std::memcmp(witness.told[0].guest.data(), &addi, sizeof addi));
    ASSERT_EQ(witness.told[0].lines.size(), 1u);
    EXPECT_EQ(witness.told[0].lines[0].text, "addi t0,t0,1");
}

// What makes room for other code goes first, and nothing else does.
TEST(CodeListener, IsToldOfCodeThatMakesRoom) {
    Witness witness;
    NativeRig rig(0, 1, telling(witness));
    rig.log().block_bytes = 30'000;
    constexpr u64 kBlocks = 100;
    for (u64 i = 0; i < kBlocks; ++i) rig.put(kCode + i * 16, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + kBlocks * 16, {"jalr zero, 0(t1)"});
    rig.hart().set_x(kT1, kCode);
    rig.run(kCode, 5 * (2 * kBlocks + 1));
    EXPECT_NE(rig.hot().reuses, 0u);
    for (u64 i = 0; i <= kBlocks; ++i)
        EXPECT_EQ(witness.at(kCode + i * 16), rig.at(kCode + i * 16).compiled);
    EXPECT_EQ(witness.told.size(), rig.hot().blocks_compiled);
}

TEST(CodeListener, IsToldWhenTheCacheIsEmptied) {
    Witness witness;
    NativeRig rig(0, 1, telling(witness, {.cache_limit = 1}));
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .-4"});
    rig.run(kCode, 40);
    EXPECT_GT(witness.told.size(), 1u);
    EXPECT_EQ(witness.living.size(), 1u);
}

TEST(CodeListener, SeveralAreToldTheSame) {
    Witness first, second;
    CodeListeners all;
    EXPECT_TRUE(all.empty());
    all.add(first);
    all.add(second);
    NativeRig rig(0, 1, telling(all));
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .-4"});
    rig.run(kCode, 40);
    for (const Witness* witness : {&first, &second}) {
        EXPECT_EQ(witness->at(kCode), 1u);
        EXPECT_TRUE(witness->ready);
        EXPECT_FALSE(witness->space.empty());
    }
    rig.put(kCode, {"addi t0, t0, 2"});
    EXPECT_TRUE(first.living.empty() && second.living.empty());
}

}  // namespace
}  // namespace kiln
