// Zbc, Zbkb and Zbkx against their definitions.
#include "bits.h"

BINARY(i_clmul, "clmul");
BINARY(i_clmulh, "clmulh");
BINARY(i_clmulr, "clmulr");
BINARY(i_pack, "pack");
BINARY(i_packh, "packh");
UNARY(i_brev8, "brev8");
BINARY(i_xperm4, "xperm4");
BINARY(i_xperm8, "xperm8");

static reg_t clmul(reg_t a, reg_t b) {
    reg_t r = 0;
    for (unsigned i = 0; i < XLEN; ++i) r ^= b >> i & 1 ? a << i : 0;
    return r;
}
static reg_t clmulh(reg_t a, reg_t b) {
    reg_t r = 0;
    for (unsigned i = 1; i < XLEN; ++i) r ^= b >> i & 1 ? a >> (XLEN - i) : 0;
    return r;
}
static reg_t clmulr(reg_t a, reg_t b) {
    reg_t r = 0;
    for (unsigned i = 0; i < XLEN; ++i) r ^= b >> i & 1 ? a >> (XLEN - 1 - i) : 0;
    return r;
}
static reg_t pack(reg_t a, reg_t b) {
    const reg_t low = ((reg_t)1 << XLEN / 2) - 1;
    return (a & low) | b << XLEN / 2;
}
static reg_t packh(reg_t a, reg_t b) { return (a & 0xff) | (b & 0xff) << 8; }
static reg_t brev8(reg_t a, reg_t b) {
    (void)b;
    reg_t r = 0;
    for (unsigned i = 0; i < XLEN; ++i) r |= (a >> i & 1) << ((i & ~7u) + 7 - (i & 7));
    return r;
}
static reg_t permute(reg_t a, reg_t b, unsigned bits) {
    const reg_t mask = ((reg_t)1 << bits) - 1;
    reg_t r = 0;
    for (unsigned i = 0; i < XLEN; i += bits) {
        const reg_t index = b >> i & mask;
        if (index * bits < XLEN) r |= (a >> index * bits & mask) << i;
    }
    return r;
}
static reg_t xperm4(reg_t a, reg_t b) { return permute(a, b, 4); }
static reg_t xperm8(reg_t a, reg_t b) { return permute(a, b, 8); }
#if XLEN == 64
BINARY(i_packw, "packw");
static reg_t packw(reg_t a, reg_t b) {
    return (reg_t)(sreg_t)(int32_t)((a & 0xffff) | (b & 0xffff) << 16);
}
#else
UNARY(i_zip, "zip");
UNARY(i_unzip, "unzip");
static reg_t zip(reg_t a, reg_t b) {
    (void)b;
    reg_t r = 0;
    for (unsigned i = 0; i < 16; ++i)
        r |= (a >> i & 1) << 2 * i | (a >> (i + 16) & 1) << (2 * i + 1);
    return r;
}
static reg_t unzip(reg_t a, reg_t b) {
    (void)b;
    reg_t r = 0;
    for (unsigned i = 0; i < 16; ++i)
        r |= (a >> 2 * i & 1) << i | (a >> (2 * i + 1) & 1) << (i + 16);
    return r;
}
#endif

static const struct instruction kInsns[] = {
    {i_clmul, clmul}, {i_clmulh, clmulh}, {i_clmulr, clmulr}, {i_pack, pack},
    {i_packh, packh}, {i_brev8, brev8},   {i_xperm4, xperm4}, {i_xperm8, xperm8},
#if XLEN == 64
    {i_packw, packw},
#else
    {i_zip, zip},     {i_unzip, unzip},
#endif
};

void test(void) { check_instructions(kInsns, sizeof kInsns / sizeof kInsns[0]); }
