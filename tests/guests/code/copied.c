// Code copied to new memory and run there, many times over at the same place and at many places;
// memory that was code becomes data again.
#include "paging.h"

// Position-independent: sums 1 to a0 and adds a number of its own.
FRAGMENT(body, "li a2, 0\n 1: add a2, a2, a0\n addi a0, a0, -1\n bnez a0, 1b\n addi a2, a2, 0");

static void copy(uint32_t* to, uint32_t own) {
    const uint32_t* from = (const uint32_t*)body;
    const unsigned words = (unsigned)(body_end - body) / 4;
    for (unsigned i = 0; i < words; ++i) to[i] = from[i];
    to[words - 1] |= own << 20;
    to[words] = ECALL_WORD;
    fence_i();
}

void test(void) {
    for (row = 0; row < 400; ++row) {
        uint32_t* to = &data_pages[row % (kDataPages - 1)][(row * 61) % 1024];
        copy(to, row);
        struct context c = run(kMachine, to, 10, 0, 0, 0);
        CHECK_EQ(c.cause, kEcallM);
        CHECK_EQ(c.x[kA2], 55 + row);
        c = run(kUser, to, 100, 0, 0, 0);
        CHECK_EQ(c.x[kA2], 5050 + row);
    }
    // The same place, as code and as data by turns.
    uint32_t* place = data_pages[2];
    for (row = 0; row < 400; ++row) {
        copy(place, row);
        CHECK_EQ(run(kMachine, place, 4, 0, 0, 0).x[kA2], 10 + row);
        for (unsigned i = 0; i < 6; ++i) place[i] = row + i;
        for (unsigned i = 0; i < 6; ++i) CHECK_EQ(place[i], row + i);
    }
}
