// Several accesses off one base in a hot loop: in one page, over its end into another that lies
// elsewhere, and into one that is not there or not writable. Each stops where it should, with all
// before done and nothing behind.
#include "paging.h"

enum { kPages = 4, kBytes = kPages * kPage, kEdge = 2 * kPage, kStep = 20, kRounds = 12 };
enum { kReach = 44 };  // of a step's accesses

// a0: address, a1: from where on it is done, a2: value, a3: sum. The branch in the middle makes two
// blocks of the loop.
FRAGMENT(frames,
         "1: sw a2, 0(a0)\n sb a2, 9(a0)\n sw a2, 40(a0)\n"
         "lw t0, 40(a0)\n lbu t1, 2(a0)\n lhu t2, 12(a0)\n"
         "add a3, a3, t0\n add a3, a3, t1\n add a3, a3, t2\n addi a2, a2, 77\n"
         "beqz a0, 2f\n 2: addi a0, a0, 20\n bltu a0, a1, 1b");

static uint8_t expected[kBytes];

// Pages lie apart where they are translated.
static unsigned page_at(enum mode mode, unsigned number) {
    return mode == kMachine ? number : number * 5 % 7;
}
static uint8_t* byte_at(enum mode mode, unsigned at) {
    return (uint8_t*)data_pages[page_at(mode, at / kPage)] + at % kPage;
}

static void scramble(enum mode mode) {
    uint32_t random = 4711;
    for (unsigned i = 0; i < kBytes; ++i) {
        random = random * 1664525 + 1013904223;
        expected[i] = *byte_at(mode, i) = (uint8_t)(random >> 24);
    }
}

static void put(unsigned at, unsigned bytes, uint32_t value) {
    for (unsigned i = 0; i < bytes; ++i) expected[at + i] = (uint8_t)(value >> (8 * i));
}
static reg_t get(unsigned at, unsigned bytes) {
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= (uint32_t)expected[at + i] << (8 * i);
    return bytes == 4 ? (reg_t)(sreg_t)(int32_t)value : value;
}

static void check_memory(enum mode mode) {
    for (unsigned i = 0; i < kBytes; ++i) CHECK_EQ(*byte_at(mode, i), expected[i]);
}

// What steps that begin at `from`, up to `to`, do. Returns the sum.
static reg_t steps(unsigned from, unsigned to, uint32_t* value) {
    reg_t sum = 0;
    for (unsigned at = from; at < to; at += kStep, *value += 77) {
        put(at, 4, *value);
        put(at + 9, 1, *value);
        put(at + 40, 4, *value);
        sum += get(at + 40, 4) + get(at + 2, 1) + get(at + 12, 2);
    }
    return sum;
}

static void whole(enum mode mode, reg_t base) {
    for (unsigned round = 0; round < kRounds; ++round) {
        row = mode * 100 + round;
        scramble(mode);
        const unsigned to = kBytes - kReach - round;
        uint32_t value = 5;
        const reg_t sum = steps(round, to, &value);
        const struct context c = run(mode, text_in(mode, frames), base + round, base + to, 5, 0);
        CHECK_EQ(c.cause, ecall_of(mode));
        CHECK_EQ(c.x[kA2], value);
        CHECK_EQ(c.x[kA3], sum);
        check_memory(mode);
    }
}

// The third access of a step comes to the edge.
static void refused(struct space* space, enum mode mode, reg_t base, reg_t flags) {
    map(space, base + kEdge, (reg_t)data_pages[page_at(mode, kEdge / kPage)], flags, 0);
    for (unsigned round = 0; round < kRounds; ++round) {
        row = 1000 + mode * 100 + round;
        scramble(mode);
        // The last step that is done as a whole ends in front of the edge.
        const unsigned from = round * 4;
        unsigned last = from;
        while (last + kReach <= kEdge) last += kStep;
        uint32_t value = 5;
        const reg_t sum = steps(from, last, &value);
        put(last, 4, value);
        put(last + 9, 1, value);
        const char* code = text_in(mode, frames);
        const struct context c = run(mode, code, base + from, base + kBytes, 5, 0);
        CHECK_TRAP(c, kStorePage, code + 8, base + last + 40);
        CHECK_EQ(c.x[kA0], base + last);
        CHECK_EQ(c.x[kA2], value);
        CHECK_EQ(c.x[kA3], sum);
        check_memory(mode);
    }
    const reg_t user = mode == kUser ? kU : 0;
    map(space, base + kEdge, (reg_t)data_pages[page_at(mode, kEdge / kPage)], kRw | user, 0);
}

void test(void) {
    whole(kMachine, (reg_t)data_pages);
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    for (unsigned i = 0; i < 2; ++i) {
        const enum mode mode = i ? kUser : kSupervisor;
        const reg_t user = i ? kU : 0;
        for (unsigned page = 0; page < kPages; ++page)
            map(&space, TEST_VA + page * kPage, (reg_t)data_pages[page_at(mode, page)], kRw | user,
                0);
        whole(mode, TEST_VA);
        refused(&space, mode, TEST_VA, 0);
        refused(&space, mode, TEST_VA, (kRw & ~kW) | user);
    }
    space_leave();
}
