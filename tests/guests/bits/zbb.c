// Zbb against its definition; ctzw has a program of its own.
#include "bits.h"

BINARY(i_andn, "andn");
BINARY(i_orn, "orn");
BINARY(i_xnor, "xnor");
UNARY(i_clz, "clz");
UNARY(i_ctz, "ctz");
UNARY(i_cpop, "cpop");
BINARY(i_max, "max");
BINARY(i_maxu, "maxu");
BINARY(i_min, "min");
BINARY(i_minu, "minu");
UNARY(i_sext_b, "sext.b");
UNARY(i_sext_h, "sext.h");
UNARY(i_zext_h, "zext.h");
BINARY(i_rol, "rol");
BINARY(i_ror, "ror");
FRAGMENT(i_rori, "rori a2, a0, 31");
FRAGMENT(i_rori_none, "rori a2, a0, 0");
UNARY(i_orc_b, "orc.b");
UNARY(i_rev8, "rev8");

static reg_t leading(reg_t a, unsigned bits) {
    reg_t n = 0;
    while (n < bits && !(a >> (bits - 1 - n) & 1)) ++n;
    return n;
}
static reg_t trailing(reg_t a, unsigned bits) {
    reg_t n = 0;
    while (n < bits && !(a >> n & 1)) ++n;
    return n;
}
static reg_t ones(reg_t a) {
    reg_t n = 0;
    for (; a != 0; a >>= 1) n += a & 1;
    return n;
}
static reg_t rotate_right(reg_t a, unsigned by) { return by == 0 ? a : a >> by | a << (XLEN - by); }
static reg_t each_byte(reg_t a, int reversed) {
    reg_t r = 0;
    for (unsigned i = 0; i < sizeof a; ++i) {
        const reg_t byte = a >> 8 * i & 0xff;
        r |= reversed ? byte << (XLEN - 8 - 8 * i) : (byte ? (reg_t)0xff << 8 * i : 0);
    }
    return r;
}

static reg_t andn(reg_t a, reg_t b) { return a & ~b; }
static reg_t orn(reg_t a, reg_t b) { return a | ~b; }
static reg_t xnor(reg_t a, reg_t b) { return ~(a ^ b); }
static reg_t clz(reg_t a, reg_t b) {
    (void)b;
    return leading(a, XLEN);
}
static reg_t ctz(reg_t a, reg_t b) {
    (void)b;
    return trailing(a, XLEN);
}
static reg_t cpop(reg_t a, reg_t b) {
    (void)b;
    return ones(a);
}
static reg_t max(reg_t a, reg_t b) { return (sreg_t)a > (sreg_t)b ? a : b; }
static reg_t maxu(reg_t a, reg_t b) { return a > b ? a : b; }
static reg_t min(reg_t a, reg_t b) { return (sreg_t)a < (sreg_t)b ? a : b; }
static reg_t minu(reg_t a, reg_t b) { return a < b ? a : b; }
static reg_t sext_b(reg_t a, reg_t b) {
    (void)b;
    return (reg_t)(sreg_t)(int8_t)a;
}
static reg_t sext_h(reg_t a, reg_t b) {
    (void)b;
    return (reg_t)(sreg_t)(int16_t)a;
}
static reg_t zext_h(reg_t a, reg_t b) {
    (void)b;
    return a & 0xffff;
}
static reg_t ror(reg_t a, reg_t b) { return rotate_right(a, b & kShiftMask); }
static reg_t rol(reg_t a, reg_t b) { return rotate_right(a, -b & kShiftMask); }
static reg_t rori(reg_t a, reg_t b) {
    (void)b;
    return rotate_right(a, 31);
}
static reg_t rori_none(reg_t a, reg_t b) {
    (void)b;
    return a;
}
static reg_t orc_b(reg_t a, reg_t b) {
    (void)b;
    return each_byte(a, 0);
}
static reg_t rev8(reg_t a, reg_t b) {
    (void)b;
    return each_byte(a, 1);
}

#if XLEN == 64
UNARY(i_clzw, "clzw");
UNARY(i_cpopw, "cpopw");
BINARY(i_rolw, "rolw");
BINARY(i_rorw, "rorw");
FRAGMENT(i_roriw, "roriw a2, a0, 31");
static reg_t rotate_word(reg_t a, unsigned by) {
    const uint32_t w = (uint32_t)a;
    return (reg_t)(sreg_t)(int32_t)(by == 0 ? w : w >> by | w << (32 - by));
}
static reg_t clzw(reg_t a, reg_t b) {
    (void)b;
    return leading((uint32_t)a, 32);
}
static reg_t cpopw(reg_t a, reg_t b) {
    (void)b;
    return ones((uint32_t)a);
}
static reg_t rorw(reg_t a, reg_t b) { return rotate_word(a, b & 31); }
static reg_t rolw(reg_t a, reg_t b) { return rotate_word(a, -b & 31); }
static reg_t roriw(reg_t a, reg_t b) {
    (void)b;
    return rotate_word(a, 31);
}
#endif

static const struct instruction kInsns[] = {
    {i_andn, andn},
    {i_orn, orn},
    {i_xnor, xnor},
    {i_clz, clz},
    {i_ctz, ctz},
    {i_cpop, cpop},
    {i_max, max},
    {i_maxu, maxu},
    {i_min, min},
    {i_minu, minu},
    {i_sext_b, sext_b},
    {i_sext_h, sext_h},
    {i_zext_h, zext_h},
    {i_rol, rol},
    {i_ror, ror},
    {i_rori, rori},
    {i_rori_none, rori_none},
    {i_orc_b, orc_b},
    {i_rev8, rev8},
#if XLEN == 64
    {i_clzw, clzw},
    {i_cpopw, cpopw},
    {i_rolw, rolw},
    {i_rorw, rorw},
    {i_roriw, roriw},
#endif
};

void test(void) { check_instructions(kInsns, sizeof kInsns / sizeof kInsns[0]); }
