// What a client is answered.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "debug/packet.h"
#include "debug/registers.h"
#include "gdb_rig.h"

namespace kiln::debug {
namespace {

using debug_test::kRamBase;
using debug_test::kRamSize;
using debug_test::StubRig;

TEST(GdbStub, RegistersOfEitherWidth) {
    for (const unsigned xlen : {32u, 64u}) {
        StubRig rig(xlen);
        const size_t digits = xlen / 4;
        EXPECT_EQ(rig.ask("g").size(), 33 * digits);
        rig.hart().set_x(1, 0x12345678);
        EXPECT_EQ(rig.ask("p1").substr(0, 8), "78563412");
        EXPECT_EQ(rig.ask("p1").size(), digits);
        EXPECT_EQ(rig.ask("P2=" + std::string(digits, '1')), "OK");
        EXPECT_EQ(rig.hart().x(2), xlen == 32 ? 0x11111111 : 0x1111111111111111);
        EXPECT_EQ(rig.ask("P0=" + std::string(digits, '1')), "OK");
        EXPECT_EQ(rig.hart().x(0), 0u);
        EXPECT_EQ(rig.ask("P2=11"), "E16") << "not its size";
        const std::string all = rig.ask("g");
        EXPECT_EQ(rig.ask("G" + all), "OK");
        EXPECT_EQ(rig.ask("g"), all);
        EXPECT_EQ(rig.ask("G" + all + "00"), "E16");
    }
}

TEST(GdbStub, FloatsCsrsAndPrivilege) {
    StubRig rig;
    EXPECT_EQ(rig.ask("P21=0000000000000840"), "OK");  // f0 = 3.0
    EXPECT_EQ(rig.ask("p21"), "0000000000000840");
    const auto csr = [](u64 number) { return fmt::format("{:x}", kFirstCsrNumber + number); };
    EXPECT_EQ(rig.ask("P" + csr(0x340) + "=efbeadde00000000"), "OK");  // mscratch
    EXPECT_EQ(rig.hart().mscratch, 0xdeadbeef);
    EXPECT_EQ(rig.ask("P" + csr(0xf14) + "=0100000000000000"), "E16") << "mhartid is read-only";
    EXPECT_EQ(rig.ask("p" + csr(0xf14)), "0000000000000000");
    EXPECT_EQ(rig.ask("p" + csr(0x123)), "E02");
    const std::string priv = fmt::format("{:x}", kPrivNumber);
    EXPECT_EQ(rig.ask("P" + priv + "=0100000000000000"), "OK");
    EXPECT_EQ(rig.hart().priv, riscv::Priv::kSupervisor);
    EXPECT_EQ(rig.ask("P" + priv + "=0200000000000000"), "E16");
    EXPECT_EQ(rig.ask("p" + csr(0x340)).size(), 16u) << "whatever the mode";
}

TEST(GdbStub, DescriptionNamesEveryRegisterThatCanBeRead) {
    for (const unsigned xlen : {32u, 64u}) {
        StubRig rig(xlen);
        const std::string xml = describe_target(rig.hart());
        EXPECT_NE(xml.find(fmt::format("<architecture>riscv:rv{}<", xlen)), std::string::npos);
        for (u64 number = 0; number <= kPrivNumber; ++number) {
            const bool described =
                xml.find(fmt::format("regnum=\"{}\"", number)) != std::string::npos;
            EXPECT_EQ(described, register_size(rig.hart(), number) != 0) << number;
        }
        // In parts, which join to the whole.
        std::string joined;
        for (std::string part = "m"; part[0] == 'm';) {
            part = rig.ask(fmt::format("qXfer:features:read:target.xml:{:x},101", joined.size()));
            ASSERT_TRUE(part[0] == 'm' || part[0] == 'l');
            joined += part.substr(1);
        }
        EXPECT_EQ(joined, xml);
        EXPECT_EQ(rig.ask("qXfer:features:read:target.xml:ffffffff,10"), "l");
    }
}

TEST(GdbStub, MemoryIsRamOnly) {
    StubRig rig;
    EXPECT_EQ(rig.ask("M80000010,2:abcd"), "OK");
    EXPECT_EQ(rig.ask("m80000010,2"), "abcd");
    EXPECT_EQ(rig.ask(std::string_view("X80000010,2:\0\x7f", 14)), "OK");
    EXPECT_EQ(rig.ask("m80000010,2"), "007f");
    EXPECT_EQ(rig.ask("m10000000,1"), "E0e");
    EXPECT_EQ(rig.ask("M10000000,1:00"), "E0e");
    EXPECT_EQ(rig.ask(fmt::format("m{:x},4", kRamBase + kRamSize - 2)), "0000") << "what there is";
    EXPECT_EQ(rig.ask(fmt::format("M{:x},4:01010101", kRamBase + kRamSize - 2)), "E0e");
    EXPECT_EQ(rig.ask("m80000000,ffffffffffffffff").size(), kPacketSize);
    EXPECT_EQ(rig.ask("mffffffffffffffff,2"), "E0e");
}

TEST(GdbStub, PointsAreKeptOnceAndLimited) {
    StubRig rig;
    EXPECT_EQ(rig.ask("Z0,80000000,4"), "OK");
    EXPECT_EQ(rig.ask("Z0,80000000,4"), "OK");
    EXPECT_EQ(rig.ask("Z1,80000000,4"), "OK");
    EXPECT_EQ(rig.stub.points().breakpoints(), std::vector<u64>{kRamBase});
    EXPECT_EQ(rig.ask("z0,80000000,4"), "OK");
    EXPECT_EQ(rig.stub.points().breakpoints(), std::vector<u64>{kRamBase});
    EXPECT_EQ(rig.ask("z1,80000000,4"), "OK");
    EXPECT_TRUE(rig.stub.points().breakpoints().empty());
    EXPECT_EQ(rig.ask("Z3,80000004,8"), "OK");
    EXPECT_EQ(rig.stub.points().watches(),
              (std::vector<Watch>{{kRamBase + 4, 8, WatchKind::kRead}}));
    EXPECT_EQ(rig.ask("Z2,ffffffffffffffff,1"), "OK");
    EXPECT_EQ(rig.ask("Z2,ffffffffffffffff,2"), "E16");
    EXPECT_EQ(rig.ask("Z0,80000000,4;X1,0"), "E16") << "conditions are gdb's";
    EXPECT_EQ(rig.ask("Z5,80000000,4"), "");
    for (size_t i = 2; i < PointSet::kMost; ++i) rig.ask(fmt::format("Z0,{:x},2", i * 2));
    EXPECT_EQ(rig.ask("Z0,80000000,4"), "E1c");
    EXPECT_EQ(rig.ask("Z2,80000000,4"), "E1c");
}

TEST(GdbStub, ResumesAsTheFirstActionThatFitsSays) {
    StubRig rig;
    const auto resume = [&](std::string_view packet) {
        const Answer answer = rig.stub.handle(packet);
        EXPECT_EQ(answer.action, Answer::kResume) << packet;
        EXPECT_FALSE(answer.reply) << packet;
        return answer.resume;
    };
    EXPECT_EQ(resume("vCont;c"), Resume{});
    EXPECT_EQ(resume("vCont;s:2;c"), (Resume{.kind = Resume::kStep, .hart = 1}));
    EXPECT_EQ(resume("vCont;s:2"),
              (Resume{.kind = Resume::kStep, .hart = 1, .others_break = false}));
    EXPECT_EQ(resume("vCont;r10,20:1;c:-1"),
              (Resume{.kind = Resume::kStep, .first = 0x10, .end = 0x20}));
    EXPECT_EQ(resume("vCont;c:1;s:1;S05:2"), (Resume{.kind = Resume::kStep, .hart = 1}));
    EXPECT_EQ(rig.ask("Hc2"), "OK");
    EXPECT_EQ(resume("s").hart, 1u);
    EXPECT_EQ(resume("bs").kind, Resume::kReverseStep);
    EXPECT_EQ(resume("bc").kind, Resume::kReverseContinue);
    StubRig forward(64, 1, false);
    EXPECT_EQ(forward.ask("bs"), "");
    EXPECT_EQ(forward.ask("qSupported").find("Reverse"), std::string::npos);
}

TEST(GdbStub, SaysWhyTheGuestStands) {
    StubRig rig;
    rig.hart(1).pc = kRamBase + 8;
    rig.ask("Z1,80000008,2");
    EXPECT_EQ(rig.stub.stopped({Stop::kBreakpoint, 1, {}}), "T05thread:2;")
        << "gdb asked for no more";
    rig.ask("qSupported:swbreak+;hwbreak+");
    EXPECT_EQ(rig.stub.stopped({Stop::kBreakpoint, 1, {}}), "T05thread:2;hwbreak:;");
    EXPECT_EQ(rig.stub.stopped({Stop::kBreakpoint, 0, {}}), "T05thread:1;swbreak:;");
    EXPECT_EQ(rig.stub.stopped({Stop::kWatch, 0, {0x1234, WatchKind::kAccess, 0}}),
              "T05thread:1;awatch:1234;");
    EXPECT_EQ(rig.stub.stopped({Stop::kInterrupted, 0, {}}), "T02thread:1;");
    EXPECT_EQ(rig.stub.stopped({Stop::kHistoryBegin, 0, {}}), "T05thread:1;replaylog:begin;");
    EXPECT_EQ(rig.ask("?"), "T05thread:1;replaylog:begin;");
}

TEST(GdbStub, ThreadsAndMonitor) {
    StubRig rig;
    EXPECT_EQ(rig.ask("qfThreadInfo"), "m1,2");
    EXPECT_EQ(rig.ask("T2"), "OK");
    EXPECT_EQ(rig.ask("T3"), "E02");
    EXPECT_EQ(rig.ask("Hg2"), "OK");
    EXPECT_EQ(rig.ask("qC"), "QC2");
    EXPECT_NE(rig.ask("qXfer:threads:read::0,1000").find("name=\"hart 1\""), std::string::npos);
    EXPECT_EQ(rig.ask("qRcmd," + to_hex(std::string_view("abc"))),
              to_hex(std::string_view("heard abc")));
    EXPECT_EQ(rig.ask("qRcmd," + to_hex(std::string_view("silent"))), "OK");
    EXPECT_EQ(rig.stub.handle("qRcmd," + to_hex(std::string_view("quit"))).action, Answer::kKill);
    EXPECT_EQ(rig.stub.handle("D").action, Answer::kDetach);
    EXPECT_EQ(rig.stub.handle("k").action, Answer::kKill);
}

TEST(GdbStub, SaysWhatChangesTheGuest) {
    StubRig rig;
    const std::string all = rig.ask("g");
    for (const std::string& packet : {std::string("M80000000,1:00"), std::string("X80000000,1:a"),
                                      std::string("P1=0000000000000000"), "G" + all,
                                      std::string("c80000000"), std::string("s80000000")})
        EXPECT_TRUE(rig.stub.handle(packet).changes) << packet;
    for (const char* packet : {"m80000000,1", "g", "c", "s", "Z0,80000000,2", "M0,1:00", "vCont;c"})
        EXPECT_FALSE(rig.stub.handle(packet).changes) << packet;
}

}  // namespace
}  // namespace kiln::debug
