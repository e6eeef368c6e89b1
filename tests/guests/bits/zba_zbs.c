// Zba and Zbs against their definitions.
#include "bits.h"

BINARY(i_sh1add, "sh1add");
BINARY(i_sh2add, "sh2add");
BINARY(i_sh3add, "sh3add");
BINARY(i_bclr, "bclr");
BINARY(i_bext, "bext");
BINARY(i_binv, "binv");
BINARY(i_bset, "bset");
FRAGMENT(i_bclri, "bclri a2, a0, 31");
FRAGMENT(i_bexti, "bexti a2, a0, 31");
FRAGMENT(i_binvi, "binvi a2, a0, 0");
FRAGMENT(i_bseti, "bseti a2, a0, 31");

static reg_t sh1add(reg_t a, reg_t b) { return b + (a << 1); }
static reg_t sh2add(reg_t a, reg_t b) { return b + (a << 2); }
static reg_t sh3add(reg_t a, reg_t b) { return b + (a << 3); }
static reg_t one(reg_t b) { return (reg_t)1 << (b & kShiftMask); }
static reg_t bclr(reg_t a, reg_t b) { return a & ~one(b); }
static reg_t bext(reg_t a, reg_t b) { return (a & one(b)) != 0; }
static reg_t binv(reg_t a, reg_t b) { return a ^ one(b); }
static reg_t bset(reg_t a, reg_t b) { return a | one(b); }
static reg_t bclri(reg_t a, reg_t b) {
    (void)b;
    return bclr(a, 31);
}
static reg_t bexti(reg_t a, reg_t b) {
    (void)b;
    return bext(a, 31);
}
static reg_t binvi(reg_t a, reg_t b) {
    (void)b;
    return binv(a, 0);
}
static reg_t bseti(reg_t a, reg_t b) {
    (void)b;
    return bset(a, 31);
}

#if XLEN == 64
BINARY(i_add_uw, "add.uw");
BINARY(i_sh1add_uw, "sh1add.uw");
BINARY(i_sh2add_uw, "sh2add.uw");
BINARY(i_sh3add_uw, "sh3add.uw");
FRAGMENT(i_slli_uw, "slli.uw a2, a0, 35");
FRAGMENT(i_bseti_high, "bseti a2, a0, 63");
static reg_t add_uw(reg_t a, reg_t b) { return b + (uint32_t)a; }
static reg_t sh1add_uw(reg_t a, reg_t b) { return b + ((reg_t)(uint32_t)a << 1); }
static reg_t sh2add_uw(reg_t a, reg_t b) { return b + ((reg_t)(uint32_t)a << 2); }
static reg_t sh3add_uw(reg_t a, reg_t b) { return b + ((reg_t)(uint32_t)a << 3); }
static reg_t slli_uw(reg_t a, reg_t b) {
    (void)b;
    return (reg_t)(uint32_t)a << 35;
}
static reg_t bseti_high(reg_t a, reg_t b) {
    (void)b;
    return a | (reg_t)1 << 63;
}
#endif

static const struct instruction kInsns[] = {
    {i_sh1add, sh1add},       {i_sh2add, sh2add},       {i_sh3add, sh3add},
    {i_bclr, bclr},           {i_bext, bext},           {i_binv, binv},
    {i_bset, bset},           {i_bclri, bclri},         {i_bexti, bexti},
    {i_binvi, binvi},         {i_bseti, bseti},
#if XLEN == 64
    {i_add_uw, add_uw},       {i_sh1add_uw, sh1add_uw}, {i_sh2add_uw, sh2add_uw},
    {i_sh3add_uw, sh3add_uw}, {i_slli_uw, slli_uw},     {i_bseti_high, bseti_high},
#endif
};

void test(void) { check_instructions(kInsns, sizeof kInsns / sizeof kInsns[0]); }
