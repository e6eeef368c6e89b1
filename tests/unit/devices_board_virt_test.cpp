#include <gtest/gtest.h>

#include "devices/board_virt.h"
#include "support/error.h"
#include "unit/devices_virtio_fakes.h"

namespace kiln {
namespace {

using namespace test;

class Board : public testing::Test {
  protected:
    static VirtConfig config(uint64_t& wall, unsigned harts = 2) {
        VirtConfig config;
        config.harts = harts;
        config.wall_clock_ns = [&wall] { return wall; };
        return config;
    }
    std::vector<IrqSink*> sinks() { return {&harts[0], &harts[1]}; }
    void write(uint64_t address, uint64_t value) { EXPECT_TRUE(bus.write(address, 4, value)); }
    uint64_t read(uint64_t address) { return bus.read(address, 4).value(); }

    uint64_t wall = 1000;
    Bus bus;
    FakeMemory memory{0x10000};
    FakeClock clock;
    FakeBackend console;
    std::array<FakeSink, 2> harts;
    VirtBoard board{config(wall), bus, memory, clock, console, sinks()};
};

TEST_F(Board, AddressMap) {
    struct Expected {
        uint64_t base;
        uint64_t size;
    };
    std::vector<Expected> expected = {{0x100000, 0x1000},
                                      {0x101000, 0x1000},
                                      {0x2000000, 0x10000},
                                      {0xc000000, 0x600000},
                                      {0x10000000, 0x100}};
    for (uint64_t slot = 0; slot < 8; ++slot)
        expected.push_back({0x10001000 + slot * 0x1000, 0x1000});
    ASSERT_EQ(bus.ranges().size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(bus.ranges()[i].base, expected[i].base);
        EXPECT_EQ(bus.ranges()[i].size, expected[i].size);
    }
    EXPECT_EQ(bus.read(0, 4), std::nullopt);
    EXPECT_EQ(bus.read(0x10000100, 1), std::nullopt);
}

TEST_F(Board, ConsoleInputReachesTheSupervisorContext) {
    write(0xc000000 + 4 * 10, 1);
    write(0xc002000 + 0x80 * 3, 1 << 10);  // Context 3: hart 1, S-mode.
    EXPECT_TRUE(bus.write(0x10000001, 1, 1));
    console.type("k");
    board.poll();
    EXPECT_TRUE(harts[1][9]);
    EXPECT_FALSE(harts[1][11]);
    EXPECT_FALSE(harts[0][9]);
    EXPECT_EQ(read(0xc203004), 10u);
    EXPECT_EQ(bus.read(0x10000000, 1), uint64_t{'k'});
    write(0xc203004, 10);
    EXPECT_FALSE(harts[1][9]);
}

TEST_F(Board, ClintLines) {
    write(0x2000004, 1);
    EXPECT_TRUE(harts[1][3]);
    EXPECT_TRUE(bus.write(0x2004000, 8, 500));
    EXPECT_EQ(board.next_deadline(), 500u);
    clock.time = 500;
    EXPECT_EQ(board.mtime(), 500u);
    board.poll();
    EXPECT_TRUE(harts[0][7]);
    EXPECT_FALSE(harts[1][7]);
    EXPECT_EQ(board.next_deadline(), UINT64_MAX);
}

TEST_F(Board, AlarmDeadlineIsInTicks) {
    write(0xc000000 + 4 * 11, 1);
    write(0xc002000, 1 << 11);
    write(0x101010, 1);
    write(0x10100c, 0);
    write(0x101008, 1000 + 2050);  // 2050 ns from now: 20.5 ticks.
    clock.time = 100;
    EXPECT_EQ(board.next_deadline(), 121u);
    wall += 2050;
    board.poll();
    EXPECT_TRUE(harts[0][11]);
}

TEST_F(Board, Finisher) {
    EXPECT_EQ(board.exit_code(), std::nullopt);
    write(0x100000, 7 << 16 | 0x3333);
    EXPECT_EQ(board.exit_code(), 7);
    EXPECT_FALSE(board.reset_requested());
    write(0x100000, 0x7777);
    EXPECT_TRUE(board.reset_requested());
}

TEST_F(Board, VirtioSlots) {
    for (uint64_t slot = 0; slot < 8; ++slot) {
        EXPECT_EQ(read(0x10001000 + slot * 0x1000), 0x74726976u);
        EXPECT_EQ(read(0x10001008 + slot * 0x1000), slot == 7 ? 4u : 0u);
    }
}

TEST_F(Board, JitctlWhereTheMachineHasAControl) {
    EXPECT_FALSE(bus.mapped(0x10200000, 1));
    FakeJitControl control;
    VirtConfig with = config(wall);
    with.jit = &control;
    Bus other;
    VirtBoard second(with, other, memory, clock, console, sinks());
    EXPECT_TRUE(other.mapped(0x10200000, 0x1000));
    EXPECT_FALSE(other.mapped(0x10200000, 0x1001));
    EXPECT_EQ(other.read(0x10200000, 8), 0x0054494a4e4c494bu);
    EXPECT_EQ(other.read(0x10200018, 8), control.max_level());
}

TEST_F(Board, ImpossibleConfigurations) {
    Bus other;
    const auto make = [&](const VirtConfig& bad) {
        VirtBoard(bad, other, memory, clock, console, std::vector<IrqSink*>(bad.harts, &harts[0]));
    };
    EXPECT_THROW(make(config(wall, 0)), UsageError);
    EXPECT_THROW(make(config(wall, 9)), UsageError);
    VirtConfig many = config(wall);
    many.drives.resize(8);
    EXPECT_THROW(make(many), UsageError);
    VirtConfig missing = config(wall);
    missing.drives = {{"/nonexistent/disk.img", false}};
    EXPECT_THROW(make(missing), InputError);
}

TEST_F(Board, StormOverTheWholeMap) {
    std::mt19937_64 random(9);
    for (unsigned i = 0; i < 200'000; ++i) {
        const auto& range = bus.ranges()[random() % bus.ranges().size()];
        const unsigned size = 1u << random() % 4;
        const uint64_t span =
            random() % 2 != 0 ? range.size : std::min<uint64_t>(range.size, 0x200);
        const uint64_t address = range.base + random() % span / size * size;
        if (random() % 2 != 0)
            bus.read(address, size);
        else
            bus.write(address, size, random() >> random() % 64);
        if (random() % 16 == 0) console.type("x");
        if (console.typed.size() > 100) console.typed.clear();
        clock.time += random() % 100;
        wall += random() % 10'000;
        if (random() % 8 == 0) board.poll();
        EXPECT_GE(board.next_deadline(), clock.time);
    }
}

}  // namespace
}  // namespace kiln
