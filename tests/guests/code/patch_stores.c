// Every kind of store can rewrite an instruction: all sizes, floating point, compressed, atomic,
// store-conditional, and misaligned ones that reach into it with a few bytes.
#include "harness.h"

// a0: address of the store, a1: its bytes, a3: the code that it rewrites, run before and after.
#define PATCH(name, store) \
    FRAGMENT(name, "jalr ra, 0(a3)\n li a2, 0\n" store "\n fence.i\n jalr ra, 0(a3)")
PATCH(by_byte, "sb a1, 0(a0)");
PATCH(by_half, "sh a1, 0(a0)");
PATCH(by_word, "sw a1, 0(a0)");
PATCH(by_float, "fmv.w.x f0, a1\n fsw f0, 0(a0)");
PATCH(by_compressed, ".option rvc\n c.sw a1, 0(a0)\n c.nop\n .option norvc");
PATCH(by_amo, "amoswap.w x0, a1, (a0)");
PATCH(by_sc, "lr.w x0, (a0)\n sc.w t0, a1, (a0)");
#if XLEN == 64
PATCH(by_double, "sd a1, 0(a0)");
PATCH(by_float_double, "fmv.d.x f0, a1\n fsd f0, 0(a0)");
PATCH(by_amo_double, "amoswap.d x0, a1, (a0)");
PATCH(by_sc_double, "lr.d x0, (a0)\n sc.d t0, a1, (a0)");
#endif
// The instruction under test is 8 bytes into the first aligned 16.
FRAGMENT(area, ".balign 16\n nop\n nop\n addi a2, a2, 1\n ret\n ret\n ret\n nop\n nop");

static const struct {
    const char* code;
    int offset;
} kStores[] = {
    {by_byte, 2},       {by_byte, 3},         {by_half, 2},          {by_half, 1},
    {by_half, 3},       {by_word, 0},         {by_word, 1},          {by_word, 2},
    {by_word, 3},       {by_word, -1},        {by_float, 0},         {by_float, -1},
    {by_compressed, 0}, {by_compressed, 2},   {by_amo, 0},           {by_sc, 0},
#if XLEN == 64
    {by_double, 0},     {by_double, 1},       {by_double, -4},       {by_double, -5},
    {by_double, 3},     {by_float_double, 0}, {by_float_double, -4}, {by_amo_double, 0},
    {by_sc_double, 0},
#endif
};
#define ADDI_A2(n) (0x00060613u | (uint32_t)(n) << 20)
enum { kNop = 0x13, kRet = 0x8067 };

static void set_target(reg_t target, uint32_t addend) {
    write32(target, ADDI_A2(addend));
    fence_i();
}

// What the store must write so that the bytes it covers become those of the new instruction.
static reg_t bytes_at(uint32_t addend, int offset) {
    const uint32_t image[] = {kNop, kNop, ADDI_A2(addend), kRet, kRet, kRet};
    const uint8_t* p = (const uint8_t*)image + 8 + offset;
    reg_t value = 0;
    for (unsigned i = 0; i < sizeof value; ++i) value |= (reg_t)p[i] << 8 * i;
    return value;
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    const reg_t target = (((reg_t)area + 15) & ~(reg_t)15) + 8;
    for (unsigned round = 0; round < 50; ++round) {
        for (unsigned i = 0; i < sizeof kStores / sizeof kStores[0]; ++i) {
            row = round * 100 + i;
            set_target(target, 0x111);
            const int offset = kStores[i].offset;
            const reg_t bytes = bytes_at(0x222 + row % 32 * 16, offset);
            const struct context c = run(kUser, kStores[i].code, target + offset, bytes, 0, target);
            CHECK_EQ(c.cause, kEcallU);
            CHECK(read32(target) != ADDI_A2(0x111));
            CHECK_EQ(c.x[kA2], read32(target) >> 20);
            CHECK_EQ(read32(target - 4), kNop);
            CHECK_EQ(read32(target + 4), kRet);
        }
    }
}
