// The jitctl device: its registers, what it knows of code that just ran, and what it refuses.
#include "jitctl.h"

enum { kRounds = 100000 };                    // several slices
static const uint64_t kRamSize = 512u << 20;  // Kiln's default

// One block of two instructions, entered once a round.
FRAGMENT(loop, "1: addi a0, a0, -1\n bnez a0, 1b");
enum { kLoopBytes = 8, kShortest = 2 };

FRAGMENT(load_byte, "lb a2, 0(a0)");
FRAGMENT(load_half, "lh a2, 0(a0)");
FRAGMENT(load_word, "lw a2, 0(a0)");
FRAGMENT(store_byte, "sb a1, 0(a0)");
FRAGMENT(store_half, "sh a1, 0(a0)");
FRAGMENT(store_word, "sw a1, 0(a0)");
FRAGMENT(amo_word, "amoadd.w a2, a1, (a0)");
#if XLEN == 64
FRAGMENT(load_double, "ld a2, 0(a0)");
FRAGMENT(store_double, "sd a1, 0(a0)");
#endif

static uint64_t max_level;

static void identity(void) {
    CHECK_EQ(jitctl_read(kMagic), 0x0054494a4e4c494bu);
    CHECK_EQ(jitctl_read(kVersion), 1);
    max_level = jitctl_read(kMaxLevel);
    CHECK(max_level <= 3);
    CHECK_EQ(jitctl_read(kFeatures), max_level == 0 ? 1 : 7);
    CHECK_EQ(jitctl_read(kStatus), kDone);
    CHECK_EQ(jitctl_read(kWarm), 100);
    CHECK_EQ(jitctl_read(kHot), 1000);
    CHECK_EQ(jitctl_read(kVeryHot), 10000);
}

// Where a slice ends inside the loop there is a block at the branch too, so this looks at the one
// that is entered by jumps only.
static void check_loop(uint64_t blocks, uint64_t executions) {
    CHECK_EQ(jitctl_range(kQuery, (reg_t)loop, kShortest), kDone);
    CHECK_EQ(jitctl_read(kBlocks), blocks);
    CHECK_EQ(jitctl_read(kInstructions), 2 * blocks);
    uint64_t sum = 0;
    uint64_t lowest = 0;
    for (unsigned level = 0; level < 4; ++level) {
        const uint64_t there = jitctl_read(kBlocksAtLevel + 8 * level);
        if (level > max_level) CHECK_EQ(there, 0);
        if (sum == 0 && there != 0) lowest = level;
        sum += there;
    }
    CHECK_EQ(sum, blocks);
    CHECK_EQ(jitctl_read(kLevel), lowest);
    // Above level 0 entries are not counted any more.
    if (jitctl_read(kBlocksAtLevel) == blocks)
        CHECK_EQ(jitctl_read(kExecutions), executions);
    else
        CHECK(jitctl_read(kExecutions) <= executions);
}

static void counters(void) {
    check_loop(0, 0);
    struct context c = run(kMachine, loop, kRounds, 0, 0, 0);
    CHECK_DONE(c, loop);
    check_loop(1, kRounds);
    c = run(kMachine, loop, 3 * kRounds, 0, 0, 0);
    CHECK_DONE(c, loop);
    // Latched: what ran since then is not in it.
    CHECK(jitctl_read(kExecutions) <= kRounds);
    check_loop(1, 4 * kRounds);
    // A mode's code is translated for that mode.
    c = run(kUser, loop, kRounds, 0, 0, 0);
    CHECK_DONE(c, loop);
    check_loop(2, 5 * kRounds);
    CHECK_EQ(jitctl_range(kQuery, (reg_t)loop, kLoopBytes), kDone);
    CHECK(jitctl_read(kBlocks) >= 2);
    if (max_level == 0) CHECK(jitctl_read(kExecutions) >= 5 * kRounds);
    // No block begins inside an instruction.
    CHECK_EQ(jitctl_range(kQuery, (reg_t)loop + 2, 2), kDone);
    CHECK_EQ(jitctl_read(kBlocks), 0);
    CHECK_EQ(jitctl_read(kExecutions), 0);
    // Code that is written is translated anew.
    write32((reg_t)loop, read32((reg_t)loop));
    fence_i();
    check_loop(0, 0);
    c = run(kMachine, loop, 7, 0, 0, 0);
    CHECK_DONE(c, loop);
    check_loop(1, 7);
}

// Again and again: it costs what there is of code, not of RAM.
static void all_of_ram(void) {
    for (row = 0; row < 1000; ++row) {
        CHECK_EQ(jitctl_range(kQuery, RAM_BASE, kRamSize), kDone);
        CHECK(jitctl_read(kBlocks) > 10);
        CHECK(jitctl_read(kInstructions) > jitctl_read(kBlocks));
        if (max_level == 0) CHECK(jitctl_read(kExecutions) > row);
    }
}

static void bad_ranges(void) {
    const struct {
        uint64_t start, length;
    } bad[] = {
        {(reg_t)loop, 0},
        {RAM_BASE - 1, 2},
        {RAM_BASE, kRamSize + 1},
        {RAM_BASE + 1, kRamSize},
        {RAM_BASE + kRamSize, 1},
        {(reg_t)loop, (uint64_t)-1},
        {(reg_t)loop, -(uint64_t)(reg_t)loop},
        {(uint64_t)-8, 16},
        {(reg_t)loop | (uint64_t)1 << 40, 4},
        {JITCTL, 8},
        {0, (uint64_t)-1},
    };
    for (row = 0; row < sizeof bad / sizeof bad[0]; ++row) {
        CHECK_EQ(jitctl_range(kQuery, RAM_BASE, kRamSize), kDone);
        CHECK_EQ(jitctl_range(kCompile, bad[row].start, bad[row].length), kBadRange);
        CHECK(jitctl_read(kBlocks) != 0);
        CHECK_EQ(jitctl_range(kQuery, bad[row].start, bad[row].length), kBadRange);
        CHECK_EQ(jitctl_read(kBlocks), 0);
    }
}

// Makes the loop's code new, and runs some rounds of it.
static void renew_loop(reg_t rounds) {
    write32((reg_t)loop, read32((reg_t)loop));
    fence_i();
    const struct context c = run(kMachine, loop, rounds, 0, 0, 0);
    CHECK_DONE(c, loop);
}
static uint64_t level_of_loop(void) {
    CHECK_EQ(jitctl_range(kQuery, (reg_t)loop, kShortest), kDone);
    CHECK_EQ(jitctl_read(kBlocks), 1);
    return jitctl_read(kLevel);
}

// Whatever ran, if only once, is compiled on request.
static void compile(void) {
    renew_loop(1);
    const uint64_t before = level_of_loop();
    const uint64_t status = jitctl_range(kCompile, (reg_t)loop, kShortest);
    CHECK_EQ(status, max_level == 0 ? kUnavailable : before < max_level ? kQueued : kDone);
    const struct context c = run(kMachine, loop, 1, 0, 0, 0);
    CHECK_DONE(c, loop);
    if (max_level != 0) {
        // Higher levels may take their time.
        const uint64_t level = level_of_loop();
        CHECK(level != 0);
        const uint64_t again = jitctl_range(kCompile, (reg_t)loop, kShortest);
        CHECK(again == kDone || (again == kQueued && level < max_level));
    }
    // What did not run has no blocks.
    write32((reg_t)loop, read32((reg_t)loop));
    CHECK_EQ(jitctl_range(kCompile, (reg_t)loop, kShortest), kUnavailable);
}

static void thresholds(void) {
    jitctl_write(kWarm, 5);
    CHECK_EQ(jitctl_command(kApplyThresholds), kDone);
    renew_loop(20);
    CHECK_EQ(level_of_loop() != 0, max_level != 0);
    jitctl_write(kHot, 200000);
    jitctl_write(kVeryHot, 300000);
    jitctl_write(kWarm, 100000);
    CHECK_EQ(jitctl_command(kApplyThresholds), kDone);
    // What was compiled may come back with its bytes, so the loop counts by two:
    // addi a0, a0, -2.
    const uint32_t old = read32((reg_t)loop);
    CHECK_EQ(old, 0xfff50513);
    write32((reg_t)loop, 0xffe50513);
    renew_loop(4000);
    CHECK_EQ(level_of_loop(), 0);
    CHECK_EQ(jitctl_read(kExecutions), 2000);
    write32((reg_t)loop, old);
    jitctl_write(kWarm, 100);
    jitctl_write(kHot, 1000);
}

static void commands(void) {
    for (row = 0; row < 100; ++row)
        if (row == 0 || row > 3) CHECK_EQ(jitctl_command(row), kBadCommand);
    // Half a register: the lower one is the command.
    write32(JITCTL + kCommand, kQuery);
    CHECK_EQ(jitctl_read(kStatus), kDone);
    write32(JITCTL + kCommand + 4, 9);
    CHECK_EQ(jitctl_read(kStatus), kDone);

    jitctl_write(kWarm, 5);
    CHECK_EQ(jitctl_command(kApplyThresholds), kDone);
    jitctl_write(kHot, 5);
    CHECK_EQ(jitctl_command(kApplyThresholds), kBadThresholds);
    jitctl_write(kHot, (uint64_t)1 << 63);
    CHECK_EQ(jitctl_command(kApplyThresholds), kBadThresholds);
    jitctl_write(kVeryHot, (uint64_t)-1);
    CHECK_EQ(jitctl_command(kApplyThresholds), kDone);
    CHECK_EQ(jitctl_read(kWarm), 5);
    CHECK_EQ(jitctl_read(kHot), (uint64_t)1 << 63);
    CHECK_EQ(jitctl_read(kVeryHot), (uint64_t)-1);
}

static void check_refused(const char* access, reg_t cause, reg_t address) {
    const struct context c = run(kMachine, access, address, 1, 0, 0);
    CHECK_TRAP(c, cause, access, address);
}

static void refused(void) {
    for (unsigned reg = 0; reg < 0x1000; reg += reg < kRegistersEnd ? 8 : 0x68) {
        row = reg;
        const reg_t at = JITCTL + reg;
        check_refused(load_byte, kLoadAccess, at);
        check_refused(load_half, kLoadAccess, at);
        check_refused(store_byte, kStoreAccess, at);
        check_refused(store_half, kStoreAccess, at);
        check_refused(amo_word, kStoreAccess, at);
        check_refused(load_word, kLoadAccess, at + 2);
        check_refused(store_word, kStoreAccess, at + 2);
        const int known = reg < kRegistersEnd;
        const int writable =
            reg == kStart || reg == kLength || reg == kCommand || (reg >= kWarm && known);
        for (unsigned half = 0; half < 8; half += 4) {
            if (!known || reg == kCommand) check_refused(load_word, kLoadAccess, at + half);
            if (!writable) check_refused(store_word, kStoreAccess, at + half);
        }
#if XLEN == 64
        check_refused(load_double, kLoadAccess, at + 4);
        check_refused(store_double, kStoreAccess, at + 4);
        if (!known || reg == kCommand) check_refused(load_double, kLoadAccess, at);
        if (!writable) check_refused(store_double, kStoreAccess, at);
#endif
    }
}

void test(void) {
    identity();
    counters();
    all_of_ram();
    bad_ranges();
    compile();
    thresholds();
    commands();
    refused();
}
