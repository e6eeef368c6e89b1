// Which accesses of a loop are checked for many iterations by the LLVM backend, and which are
// checked together.
#include <gtest/gtest.h>

#include "jit/ir/text.h"
#include "jit/llvm_backend/store_guards.h"
#include "jit/llvm_backend/streams.h"

namespace kiln::llvm_backend {
namespace {

Streams streams_of(const char* text) {
    return find_streams(ir::parse(text), std::vector<bool>(kRegisterSlots, true));
}

TEST(Streams, AccessesOffAMovedRegister) {
    const Streams found = streams_of(R"(block i64
at +0, 0
  %0:i64 = get [80]
  %1:i64 = load %0, -8
at +4, 1
  store %0, %1, +16
at +8, 2
  %3:i64 = imm 24
  %4:i64 = add %0, %3
  set %4, [80]
end +12, 3
  jump +0
)");
    ASSERT_EQ(found.streams.size(), 1u);
    const Stream& stream = found.streams[0];
    EXPECT_EQ(stream.step, 24);
    EXPECT_EQ(stream.touched.low, -8);
    EXPECT_EQ(stream.touched.high, 24);
    EXPECT_EQ(stream.stored.low, 16);
    EXPECT_EQ(stream.stored.size(), 8);
    EXPECT_TRUE(stream.loads);
    EXPECT_EQ(found.stream_of[1], 0);
    EXPECT_EQ(found.stream_of[2], 0);
}

TEST(Streams, SumsOfRegisters) {
    // [80] + 4 * [88], which moves down by 2.
    const Streams found = streams_of(R"(block i64
at +0, 0
  %0:i64 = get [80]
  %1:i64 = get [88]
  %2:i64 = imm 2
  %3:i64 = shl %1, %2
  %4:i64 = add %0, %3
  %5:i32 = load %4, +0
at +4, 1
  %6:i64 = sub %1, %2
  set %6, [88]
end +8, 2
  jump +0
)");
    ASSERT_EQ(found.streams.size(), 1u);
    EXPECT_EQ(found.streams[0].step, -8);
    EXPECT_EQ(found.streams[0].place, (std::vector<Linear::Term>{{80, 1}, {88, 4}}));
    EXPECT_EQ(found.streams[0].stored.size(), 0);
}

TEST(Streams, NotOffWhatIsLoaded) {
    const Streams found = streams_of(R"(block i64
at +0, 0
  %0:i64 = get [80]
  %1:i64 = load %0, +0
  set %1, [80]
end +4, 1
  jump +0
)");
    EXPECT_TRUE(found.streams.empty());
    EXPECT_EQ(found.stream_of[1], Streams::kNone);
}

TEST(Streams, NoneWhereAddressesWrap) {
    const Streams found = streams_of(R"(block i32
at +0, 0
  %0:i32 = get [80]
  %1:i32 = load %0, +0
end +4, 1
  jump +0
)");
    EXPECT_TRUE(found.streams.empty());
}

ir::RegionBlock loop(u16 taken, ir::RegionIndex next, ir::RegionIndex not_taken) {
    ir::RegionBlock block{.block = {}, .offset = 0, .weight = 1};
    block.next = next;
    block.not_taken = not_taken;
    block.taken = taken;
    return block;
}

TEST(Streams, Iterations) {
    EXPECT_EQ(iterations_of(loop(65535, 3, ir::kOutside), 3), 65536u);
    EXPECT_EQ(iterations_of(loop(65535, 4, 3), 3), 1u);
    EXPECT_EQ(iterations_of(loop(1, 4, 3), 3), 65536u);
    EXPECT_EQ(iterations_of(loop(49152, 3, 4), 3), 4u);
    EXPECT_EQ(iterations_of(loop(0, 3, 4), 3), 1u) << "not known";
    EXPECT_EQ(iterations_of(loop(49152, 4, 5), 3), 1u) << "goes elsewhere";
}

TEST(Streams, PayWhereAccessesAreSpared) {
    Streams streams;
    for (const bool direct : {false, true}) EXPECT_FALSE(pays(streams, 1000, direct));
    streams.streams.resize(1);
    streams.stream_of = {0, Streams::kNone, 0};
    EXPECT_FALSE(pays(streams, 5, false));
    EXPECT_TRUE(pays(streams, 6, false));
    EXPECT_FALSE(pays(streams, 1, true));
    EXPECT_TRUE(pays(streams, 2, true)) << "to find out takes less in the window";
    streams.streams.resize(2);
    EXPECT_FALSE(pays(streams, 6, false)) << "more to find out";
    EXPECT_FALSE(pays(streams, 2, true)) << "more to find out";
}

TEST(StoreGuards, OneGuardForAGranulesLength) {
    const ir::Block block = ir::parse(R"(block i64
at +0, 0
  %0:i64 = get [16]
  %1:i64 = get [80]
  store %0, %1, +56
at +4, 1
  store %0, %1, +0
at +8, 2
  store %0, %1, +64
end +12, 3
  jump +12
)");
    const ir::AccessGroups groups(block, ir::kInWindow, *std::pmr::get_default_resource());
    const auto guards = find_store_guards(block, groups);
    EXPECT_EQ(guards[2], 0) << "the first asks for what lies from +0 on";
    EXPECT_EQ(guards[3], std::nullopt);
    EXPECT_EQ(guards[4], 64) << "beyond 64 bytes";
}

}  // namespace
}  // namespace kiln::llvm_backend
