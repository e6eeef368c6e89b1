// An instruction that straddles two pages, of which one half or the other is rewritten; a block
// that runs from one page into the next, rewritten in either.
#include "paging.h"

static uint16_t* half(reg_t address) { return (uint16_t*)address; }
static void put(reg_t address, uint32_t word) {
    *half(address) = (uint16_t)word;
    *half(address + 2) = (uint16_t)(word >> 16);
}
#define ADDI_A0(n) (0x00050513u | (uint32_t)(n) << 20)  // addi a0, a0, n
#define ADDI_A1(n) (0x00050593u | (uint32_t)(n) << 20)  // addi a1, a0, n

static struct context go(reg_t start) {
    fence_i();
    return run(kMachine, (void*)start, 0, 0, 0, 0);
}

void test(void) {
    const reg_t boundary = (reg_t)data_pages[6];
    const reg_t start = boundary - 10;
    put(boundary - 10, ADDI_A0(1));
    put(boundary - 6, ADDI_A0(2));
    put(boundary - 2, ADDI_A0(4));
    put(boundary + 2, ADDI_A0(8));
    put(boundary + 6, ECALL_WORD);
    for (row = 0; row < 300; ++row) {
        CHECK_EQ(go(start).x[kA0], 15);
        // The second half holds the immediate, the first one the destination.
        *half(boundary) = (uint16_t)(ADDI_A0(100) >> 16);
        CHECK_EQ(go(start).x[kA0], 111);
        *half(boundary - 2) = (uint16_t)ADDI_A1(100);
        struct context c = go(start);
        CHECK_EQ(c.x[kA0], 11);
        CHECK_EQ(c.x[kA1], 103);
        put(boundary - 2, ADDI_A0(4));
        // Only the tail, then only the head of the run across the boundary.
        put(boundary + 2, ADDI_A0(80));
        CHECK_EQ(go(start).x[kA0], 87);
        put(boundary + 2, ADDI_A0(8));
        put(boundary - 10, ADDI_A0(500));
        CHECK_EQ(go(start).x[kA0], 514);
        CHECK_EQ(go(boundary + 2).x[kA0], 8);
        put(boundary - 10, ADDI_A0(1));
    }
}
