// Special operands: NaNs, infinities, signed zeros; flags, and that they are sticky (unprivileged
// specification, chapters F and D; IEEE 754-2019).
#include "float.h"

#define QNAN_PAYLOAD_S 0x7fc12345u
#define SNAN_S 0x7f812345u
#define INF_S 0x7f800000u
#define NEG 0x80000000u
#define ONE 0x3f800000u
#define TWO 0x40000000u
#define MAX_S 0x7f7fffffu
#define MIN_SUB 0x00000001u

static const struct {
    uint32_t insn, a, b, c, result;
    unsigned flags;
} kSingles[] = {
    // NaNs are never passed on
    {FADD(kS), QNAN_PAYLOAD_S, ONE, 0, NAN_S, 0},
    {FADD(kS), ONE, SNAN_S, 0, NAN_S, kNv},
    {FMUL(kS), QNAN_PAYLOAD_S | NEG, ONE, 0, NAN_S, 0},
    {FSQRT(kS), SNAN_S, 0, 0, NAN_S, kNv},
    // Invalid operations
    {FADD(kS), INF_S, INF_S | NEG, 0, NAN_S, kNv},
    {FSUB(kS), INF_S, INF_S, 0, NAN_S, kNv},
    {FMUL(kS), INF_S, 0, 0, NAN_S, kNv},
    {FDIV(kS), 0, 0, 0, NAN_S, kNv},
    {FDIV(kS), INF_S, INF_S, 0, NAN_S, kNv},
    {FSQRT(kS), ONE | NEG, 0, 0, NAN_S, kNv},
    {FSQRT(kS), INF_S | NEG, 0, 0, NAN_S, kNv},
    {FSQRT(kS), NEG | MIN_SUB, 0, 0, NAN_S, kNv},
    // Division by zero
    {FDIV(kS), ONE, 0, 0, INF_S, kDz},
    {FDIV(kS), ONE, NEG, 0, INF_S | NEG, kDz},
    {FDIV(kS), INF_S, 0, 0, INF_S, 0},
    {FDIV(kS), NAN_S, 0, 0, NAN_S, 0},
    // Zeros
    {FSQRT(kS), NEG, 0, 0, NEG, 0},
    {FADD(kS), NEG, NEG, 0, NEG, 0},
    {FADD(kS), NEG, 0, 0, 0, 0},
    {FSUB(kS), ONE, ONE, 0, 0, 0},
    {FMUL(kS), NEG, ONE, 0, NEG, 0},
    {FDIV(kS), NEG, INF_S, 0, NEG, 0},
    {FSQRT(kS), INF_S, 0, 0, INF_S, 0},
    // Fused: infinity times zero is invalid whatever is added
    {FMADD(kS), INF_S, 0, QNAN_PAYLOAD_S, NAN_S, kNv},
    {FMADD(kS), 0, INF_S, NAN_S, NAN_S, kNv},
    {FMADD(kS), INF_S, 0, ONE, NAN_S, kNv},
    {FMADD(kS), INF_S, 0, SNAN_S, NAN_S, kNv},
    {FMSUB(kS), INF_S, NEG, NAN_S, NAN_S, kNv},
    {FNMADD(kS), 0, INF_S, NAN_S, NAN_S, kNv},
    {FNMSUB(kS), INF_S, 0, NAN_S, NAN_S, kNv},
    {FMADD(kS), ONE, ONE, NAN_S, NAN_S, 0},
    {FMADD(kS), NAN_S, SNAN_S, ONE, NAN_S, kNv},
    {FMADD(kS), ONE, INF_S, INF_S | NEG, NAN_S, kNv},
    {FMSUB(kS), ONE, INF_S, INF_S, NAN_S, kNv},
    {FMADD(kS), ONE, INF_S, INF_S, INF_S, 0},
    {FMADD(kS), ONE, ONE, ONE | NEG, 0, 0},
    {FNMADD(kS), ONE, ONE, ONE | NEG, 0, 0},
    {FNMSUB(kS), ONE, ONE, ONE, 0, 0},
    {FMADD(kS), NEG, ONE, NEG, NEG, 0},
    {FNMADD(kS), ONE, ONE, ONE, TWO | NEG, 0},
    {FNMSUB(kS), ONE, ONE, TWO, ONE, 0},
    {FMSUB(kS), TWO, ONE, ONE, ONE, 0},
    // Minimum and maximum
    {FMIN(kS), NEG, 0, 0, NEG, 0},
    {FMIN(kS), 0, NEG, 0, NEG, 0},
    {FMAX(kS), NEG, 0, 0, 0, 0},
    {FMAX(kS), 0, NEG, 0, 0, 0},
    {FMIN(kS), QNAN_PAYLOAD_S, ONE, 0, ONE, 0},
    {FMIN(kS), ONE, NAN_S, 0, ONE, 0},
    {FMAX(kS), NAN_S, ONE | NEG, 0, ONE | NEG, 0},
    {FMIN(kS), SNAN_S, ONE, 0, ONE, kNv},
    {FMAX(kS), ONE, SNAN_S, 0, ONE, kNv},
    {FMAX(kS), QNAN_PAYLOAD_S, QNAN_PAYLOAD_S, 0, NAN_S, 0},
    {FMIN(kS), SNAN_S, NAN_S, 0, NAN_S, kNv},
    {FMIN(kS), INF_S | NEG, MAX_S, 0, INF_S | NEG, 0},
    {FMAX(kS), MIN_SUB, 0, 0, MIN_SUB, 0},
    // Sign injection passes NaNs on as they are
    {FSGNJ(kS, 0), SNAN_S, NEG, 0, SNAN_S | NEG, 0},
    {FSGNJ(kS, 1), SNAN_S, NEG, 0, SNAN_S, 0},
    {FSGNJ(kS, 2), SNAN_S | NEG, NEG, 0, SNAN_S, 0},
    {FSGNJ(kS, 1), ONE, 0, 0, ONE | NEG, 0},
    // Overflow and underflow
    {FADD(kS), MAX_S, MAX_S, 0, INF_S, kOf | kNx},
    {FMUL(kS), MIN_SUB, 0x3f000000, 0, 0, kUf | kNx},
    {FMUL(kS), 0x00800000, 0x3f000000, 0, 0x00400000, 0},  // subnormal but exact: no underflow
};

static const struct {
    uint32_t insn, a, b;
    reg_t result;
    unsigned flags;
} kToInteger[] = {
    {FEQ(kS), ONE, ONE, 1, 0},
    {FEQ(kS), 0, NEG, 1, 0},
    {FEQ(kS), NAN_S, NAN_S, 0, 0},
    {FEQ(kS), SNAN_S, ONE, 0, kNv},
    {FLT(kS), NAN_S, ONE, 0, kNv},
    {FLE(kS), ONE, NAN_S, 0, kNv},
    {FLT(kS), NEG, 0, 0, 0},
    {FLE(kS), NEG, 0, 1, 0},
    {FLT(kS), INF_S | NEG, MAX_S | NEG, 1, 0},
    {FLE(kS), INF_S, INF_S, 1, 0},
    {FLT(kS), MIN_SUB | NEG, NEG, 1, 0},
    {FCLASS(kS), INF_S | NEG, 0, 1 << 0, 0},
    {FCLASS(kS), ONE | NEG, 0, 1 << 1, 0},
    {FCLASS(kS), MIN_SUB | NEG, 0, 1 << 2, 0},
    {FCLASS(kS), NEG, 0, 1 << 3, 0},
    {FCLASS(kS), 0, 0, 1 << 4, 0},
    {FCLASS(kS), 0x007fffff, 0, 1 << 5, 0},
    {FCLASS(kS), 0x00800000, 0, 1 << 6, 0},
    {FCLASS(kS), INF_S, 0, 1 << 7, 0},
    {FCLASS(kS), SNAN_S, 0, 1 << 8, 0},
    {FCLASS(kS), QNAN_PAYLOAD_S | NEG, 0, 1 << 9, 0},
};

static uint64_t to_double(uint32_t single) {
    return fp_run(FCVT_FF(kD, kS), 0, BOX(single), 0, 0, 0).f;
}

static void doubles(void) {
    CHECK_EQ(to_double(QNAN_PAYLOAD_S), NAN_D);
    CHECK_EQ(fp_run(FCVT_FF(kD, kS), 0, BOX(SNAN_S), 0, 0, 0).flags, kNv);
    CHECK_EQ(to_double(INF_S | NEG), 0xfff0000000000000);
    CHECK_EQ(to_double(MIN_SUB), 0x36a0000000000000);
    CHECK_EQ(to_double(NEG), 0x8000000000000000);
    const struct fp_result narrow = fp_run(FCVT_FF(kS, kD), 0, 0x7ff0000000000001, 0, 0, 0);
    CHECK_EQ(narrow.f, BOX(NAN_S));
    CHECK_EQ(narrow.flags, kNv);
    const uint64_t inf = 0x7ff0000000000000;
    struct fp_result r = fp_run(FMADD(kD), 0, inf, 0, NAN_D, 0);
    CHECK_EQ(r.f, NAN_D);
    CHECK_EQ(r.flags, kNv);
    r = fp_run(FMIN(kD), 0, 0, (uint64_t)1 << 63, 0, 0);
    CHECK_EQ(r.f, (uint64_t)1 << 63);
    r = fp_run(FMAX(kD), 0, 0x7ff0000000000001, NAN_D, 0, 0);
    CHECK_EQ(r.f, NAN_D);
    CHECK_EQ(r.flags, kNv);
    r = fp_run(FSQRT(kD), 0, 0xbff0000000000000, 0, 0, 0);
    CHECK_EQ(r.f, NAN_D);
    CHECK_EQ(r.flags, kNv);
    CHECK_EQ(fp_run(FCLASS(kD), 0, 0x7ff0000000000001, 0, 0, 0).x, 1 << 8);
    CHECK_EQ(fp_run(FCLASS(kD), 0, 0x000fffffffffffff, 0, 0, 0).x, 1 << 5);
    // x - x is +0, but -0 when rounding down.
    const uint64_t one = 0x3ff0000000000000;
    for (unsigned rm = 0; rm < kModes; ++rm)
        CHECK_EQ(fp_run(WITH_RM(FSUB(kD), rm), 0, one, one, 0, 0).f,
                 rm == kRdn ? (uint64_t)1 << 63 : 0);
}

FRAGMENT(
    sticky,
    "csrw fcsr, x0\n fdiv.s f3, f0, f1\n fmv.w.x f2, a2\n fadd.s f3, f2, f2\n csrr a0, fflags\n"
    "csrwi fflags, 1\n fsqrt.s f3, f3\n csrr a1, fcsr");

void test(void) {
    for (row = 0; row < sizeof kSingles / sizeof kSingles[0]; ++row) {
        const struct fp_result r = fp_run(kSingles[row].insn, 0, BOX(kSingles[row].a),
                                          BOX(kSingles[row].b), BOX(kSingles[row].c), 0);
        CHECK_EQ(r.f, BOX(kSingles[row].result));
        CHECK_EQ(r.flags, kSingles[row].flags);
    }
    for (row = 0; row < sizeof kToInteger / sizeof kToInteger[0]; ++row) {
        const struct fp_result r =
            fp_run(kToInteger[row].insn, 0, BOX(kToInteger[row].a), BOX(kToInteger[row].b), 0, 0);
        CHECK_EQ(r.x, kToInteger[row].result);
        CHECK_EQ(r.flags, kToInteger[row].flags);
    }
    row = 0;
    doubles();
    // 1 / 0, then MAX + MAX: both flags stay; then the square root of infinity adds none.
    asm volatile("fmv.w.x f0, %0\n fmv.w.x f1, x0" ::"r"(ONE));
    const struct context c = run(kUser, sticky, 0, 0, MAX_S, 0);
    CHECK_EQ(c.x[kA0], kDz | kOf | kNx);
    CHECK_EQ(c.x[kA1], kNx);
}
