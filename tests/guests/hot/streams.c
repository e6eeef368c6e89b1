// Hot loops that walk through memory, up and down, by different steps, off one register and off a
// sum of two: over pages that lie apart, up to one that is not there or not writable, up to the
// ends of RAM, and over code that runs. Each stops where it should, with all before done and
// nothing behind.
#include "paging.h"

enum { kWalkPages = 4, kEdge = 2 * kPage, kBytes = kWalkPages * kPage };
enum { kRounds = 5, kAgain = 60, kNear = kPage };

// a0: address, a1: where it ends, a2: sum.
FRAGMENT(sum_up, "1: lbu t0, 0(a0)\n addi a0, a0, 1\n add a2, a2, t0\n bne a0, a1, 1b");
FRAGMENT(sum_down, "1: lw t0, -4(a0)\n addi a0, a0, -4\n add a2, a2, t0\n bne a0, a1, 1b");
FRAGMENT(sum_step,
         "1: lbu t0, 3(a0)\n lbu t1, 40(a0)\n addi a0, a0, 64\n add a2, a2, t0\n"
         "add a2, a2, t1\n bne a0, a1, 1b");
// a0: distance, a1: where it ends, a3: address.
FRAGMENT(sum_index,
         "1: add t1, a3, a0\n addi a0, a0, 2\n lhu t0, 0(t1)\n add a2, a2, t0\n"
         "bne a0, a1, 1b");
// a0: address, a1: where it ends, a2: value, which changes.
FRAGMENT(fill_up, "1: sb a2, 0(a0)\n addi a0, a0, 1\n addi a2, a2, 3\n bne a0, a1, 1b");
FRAGMENT(fill_down, "1: addi a0, a0, -4\n sw a2, 0(a0)\n addi a2, a2, 5\n bne a0, a1, 1b");
// a0: from, a1: where that ends, a2: to.
FRAGMENT(copy,
         "1: lw t0, 0(a0)\n addi a0, a0, 4\n sw t0, 0(a2)\n addi a2, a2, 4\n"
         "bne a0, a1, 1b");

// The same as sum_up and copy, a3 times: loops in loops, of which a short one in front gets hot
// first. a4, a5: where they begin.
FRAGMENT(sum_again,
         "mv a4, a0\n 2: mv a0, a4\n li a6, 3\n 4: addi a6, a6, -1\n bnez a6, 4b\n"
         "1: lbu t0, 0(a0)\n addi a0, a0, 1\n add a2, a2, t0\n"
         "bne a0, a1, 1b\n addi a2, a2, 1\n addi a3, a3, -1\n bnez a3, 2b");
FRAGMENT(copy_again,
         "mv a4, a0\n mv a5, a2\n 2: mv a0, a4\n mv a2, a5\n li a6, 3\n"
         "4: addi a6, a6, -1\n bnez a6, 4b\n"
         "1: lw t0, 0(a0)\n addi a0, a0, 4\n sw t0, 0(a2)\n addi a2, a2, 4\n bne a0, a1, 1b\n"
         "addi a3, a3, -1\n bnez a3, 2b");

// Where a walk goes: an address of the space, and the same bytes for the program.
struct place {
    enum mode mode;
    reg_t base;
    uint8_t* (*byte)(unsigned at);
};

static unsigned page_at(unsigned number) { return number * 5 % 7; }  // they lie apart
static uint8_t* scattered(unsigned at) {
    return (uint8_t*)data_pages[page_at(at / kPage)] + at % kPage;
}
static uint8_t* together(unsigned at) { return (uint8_t*)data_pages + at; }

static uint32_t word(const struct place* p, unsigned at) {
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= (uint32_t)*p->byte(at + i) << (8 * i);
    return value;
}
static void scramble(const struct place* p) {
    uint32_t random = 12345;
    for (unsigned i = 0; i < kBytes; ++i) {
        random = random * 1664525 + 1013904223;
        *p->byte(i) = (uint8_t)(random >> 24);
    }
}

static struct context walk(const struct place* p, const char* fragment, reg_t a0, reg_t a1,
                           reg_t a2, reg_t a3) {
    return run(p->mode, text_in(p->mode, fragment), a0, a1, a2, a3);
}

static void sums(const struct place* p, unsigned from, unsigned to) {
    reg_t up = 0, down = 0, step = 0, index = 0;
    for (unsigned i = from; i < to; ++i) up += *p->byte(i);
    for (unsigned i = from; i < to; i += 4) down += (reg_t)(sreg_t)(int32_t)word(p, i);
    for (unsigned i = from; i < to; i += 64) step += *p->byte(i + 3) + *p->byte(i + 40);
    for (unsigned i = from; i < to; i += 2) index += word(p, i) & 0xffff;
    CHECK_EQ(walk(p, sum_up, p->base + from, p->base + to, 0, 0).x[kA2], up);
    CHECK_EQ(walk(p, sum_down, p->base + to, p->base + from, 0, 0).x[kA2], down);
    CHECK_EQ(walk(p, sum_step, p->base + from, p->base + to, 0, 0).x[kA2], step);
    CHECK_EQ(walk(p, sum_index, from, to, 0, p->base).x[kA2], index);
    reg_t near = 0;
    for (unsigned i = from; i < from + kNear; ++i) near += *p->byte(i);
    CHECK_EQ(walk(p, sum_again, p->base + from, p->base + from + kNear, 0, kAgain).x[kA2],
             kAgain * (near + 1));
}

static void check_fill(const struct place* p, unsigned from, unsigned to, uint8_t first) {
    for (unsigned i = from; i < to; ++i) CHECK_EQ(*p->byte(i), (uint8_t)(first + 3 * (i - from)));
}

static void stores(const struct place* p, unsigned from, unsigned to) {
    static uint8_t behind[kPage];
    for (unsigned i = to; i < kBytes; ++i) behind[i - to] = *p->byte(i);
    struct context c = walk(p, fill_up, p->base + from, p->base + to, 7, 0);
    CHECK_EQ(c.x[kA2], 7 + 3 * (reg_t)(to - from));
    check_fill(p, from, to, 7);
    walk(p, fill_down, p->base + to, p->base + from, 100, 0);
    for (unsigned i = from; i < to; i += 4) CHECK_EQ(word(p, i), 100 + 5 * ((to - i) / 4 - 1));
    scramble(p);
    const unsigned half = (to - from) / 8 * 4;
    walk(p, copy, p->base + from, p->base + from + half, p->base + from + half, 0);
    for (unsigned i = 0; i < half; i += 4) CHECK_EQ(word(p, from + half + i), word(p, from + i));
    scramble(p);
    static uint32_t unchanged[kBytes / 4];
    for (unsigned i = 0; i < kBytes; i += 4) unchanged[i / 4] = word(p, i);
    walk(p, copy_again, p->base + from, p->base + from + kNear, p->base + to - kNear, kAgain);
    for (unsigned i = 0; i < kNear; ++i) CHECK_EQ(*p->byte(to - kNear + i), *p->byte(from + i));
    for (unsigned i = from + kNear; i < to - kNear; i += 4) CHECK_EQ(word(p, i), unchanged[i / 4]);
    for (unsigned i = to; i < kBytes; ++i) CHECK_EQ(*p->byte(i), behind[i - to]);
    // Onto itself, one word on: what was stored is loaded next.
    const uint32_t first = word(p, from);
    walk(p, copy, p->base + from, p->base + from + half, p->base + from + 4, 0);
    for (unsigned i = 0; i <= half; i += 4) CHECK_EQ(word(p, from + i), first);
}

static void all(const struct place* p) {
    for (unsigned round = 0; round < kRounds; ++round) {
        row = p->mode * 100 + round;
        scramble(p);
        sums(p, round * 64, kBytes - 64 * (kRounds - round));
        stores(p, round * 4, kBytes - 4 * (kRounds - round));
    }
}

// A walk that comes to a page which refuses it: `code` is where the trap is.
static void refused(struct space* space, const struct place* p, reg_t flags, int store) {
    const reg_t edge = p->base + kEdge;
    map(space, edge, (reg_t)data_pages[page_at(kEdge / kPage)], flags, 0);
    for (unsigned round = 0; round < 20; ++round) {
        row = 1000 + p->mode * 100 + round;
        scramble(p);
        const unsigned from = round * 32;
        reg_t up = 0;
        for (unsigned i = from; i < kEdge; ++i) up += *p->byte(i);
        const uint8_t behind = *p->byte(kEdge);
        struct context c =
            walk(p, store ? fill_up : sum_up, p->base + from, p->base + kBytes, 0, 0);
        const char* code = text_in(p->mode, store ? fill_up : sum_up);
        CHECK_TRAP(c, store ? kStorePage : kLoadPage, code, edge);
        CHECK_EQ(c.x[kA0], edge);
        CHECK_EQ(c.x[kA2], store ? 3 * (reg_t)(kEdge - from) : up);
        if (store) check_fill(p, from, kEdge, 0);
        CHECK_EQ(*p->byte(kEdge), behind);
    }
    map(space, edge, (reg_t)data_pages[page_at(kEdge / kPage)], kRw | (p->mode == kUser ? kU : 0),
        0);
}

static int is_there(reg_t address) {
    return probe(kMachine, kLoad, address).cause == ecall_of(kMachine);
}

// From inside RAM over its end: nothing is there.
static void ends_of_ram(void) {
    reg_t end = RAM_BASE;
    while (is_there(end)) end += (reg_t)64 << 20;
    for (unsigned round = 0; round < 20; ++round) {
        row = 2000 + round;
        const reg_t from = end - kPage - round * 16;
        struct context c = run(kMachine, sum_up, from, 0, 0, 0);
        CHECK_TRAP(c, kLoadAccess, sum_up, end);
        c = run(kMachine, fill_up, from, 0, 0, 0);
        CHECK_TRAP(c, kStoreAccess, fill_up, end);
        CHECK_EQ(read8(end - 1), (uint8_t)(3 * (end - 1 - from)));
        // (QEMU has a window of PCI in front of RAM.)
        if (is_there(RAM_BASE - 4)) continue;
        c = run(kMachine, sum_down, RAM_BASE + kPage + round * 16, 0, 0, 0);
        CHECK_TRAP(c, kLoadAccess, sum_down, RAM_BASE - 4);
    }
}

// A copy over code: the code runs in its new version at once.
FRAGMENT(copy_and_call,
         "1: lw t0, 0(a0)\n addi a0, a0, 4\n sw t0, 0(a2)\n addi a2, a2, 4\n"
         "bne a0, a1, 1b\n fence.i\n mv t2, ra\n jalr ra, 0(a3)\n mv ra, t2");
enum { kCodeBytes = 2048, kReturnsAt = kCodeBytes - 8 };

static void over_code(void) {
    uint32_t* const to = data_pages[8];
    for (unsigned round = 0; round < 60; ++round) {
        row = 3000 + round;
        for (unsigned i = 0; i < kCodeBytes / 4; ++i) data_pages[10][i] = 0x00000013;  // nop
        // addi a4, zero, round; ret
        data_pages[10][kReturnsAt / 4] = round << 20 | 14 << 7 | 0x13;
        data_pages[10][kReturnsAt / 4 + 1] = 0x00008067;
        struct context c =
            run(kMachine, copy_and_call, (reg_t)data_pages[10], (reg_t)data_pages[10] + kCodeBytes,
                (reg_t)to, (reg_t)to + (round > 40 ? 0 : kReturnsAt));
        CHECK_DONE(c, copy_and_call);
        CHECK_EQ(c.x[kA4], round);
    }
}

void test(void) {
    const struct place bare = {kMachine, (reg_t)data_pages, together};
    all(&bare);
    ends_of_ram();
    over_code();
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    for (unsigned user = 0; user < 2; ++user) {
        const enum mode mode = user ? kUser : kSupervisor;
        const struct place paged = {mode, TEST_VA, scattered};
        for (unsigned i = 0; i < kWalkPages; ++i)
            map(&space, TEST_VA + i * kPage, (reg_t)data_pages[page_at(i)], kRw | (user ? kU : 0),
                0);
        all(&paged);
        refused(&space, &paged, 0, 0);
        refused(&space, &paged, 0, 1);
        refused(&space, &paged, (kRw & ~kW) | (user ? kU : 0), 1);
    }
    space_leave();
}
