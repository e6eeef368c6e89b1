// NaN boxing: a single whose register has not all ones above it is the canonical NaN for every
// instruction that computes with it, in every operand; results are boxed; moves and stores do not
// look (unprivileged specification, "NaN Boxing of Narrower Values").
#include "float.h"

enum { kFloat, kInteger };
static const struct {
    uint32_t insn;
    unsigned operands;
    int result;
} kInsns[] = {
    {FADD(kS), 2, kFloat},           {FSUB(kS), 2, kFloat},
    {FMUL(kS), 2, kFloat},           {FDIV(kS), 2, kFloat},
    {FSQRT(kS), 1, kFloat},          {FMADD(kS), 3, kFloat},
    {FMSUB(kS), 3, kFloat},          {FNMSUB(kS), 3, kFloat},
    {FNMADD(kS), 3, kFloat},         {FSGNJ(kS, 0), 2, kFloat},
    {FSGNJ(kS, 1), 2, kFloat},       {FSGNJ(kS, 2), 2, kFloat},
    {FMIN(kS), 2, kFloat},           {FMAX(kS), 2, kFloat},
    {FCVT_FF(kD, kS), 1, kFloat},    {FLE(kS), 2, kInteger},
    {FLT(kS), 2, kInteger},          {FEQ(kS), 2, kInteger},
    {FCLASS(kS), 1, kInteger},       {FCVT_TO_X(kS, 0), 1, kInteger},
    {FCVT_TO_X(kS, 1), 1, kInteger},
#if XLEN == 64
    {FCVT_TO_X(kS, 2), 1, kInteger}, {FCVT_TO_X(kS, 3), 1, kInteger},
#endif
};
static const uint64_t kUnboxed[] = {
    0x3f800000,         0,
    0xfffffffe3f800000, 0x7fffffff3f800000,
    0xffff00003f800000, 0x3ff0000000000000,
    0xfffffffe7f800001, 0xbf800000,
};

static void inputs(void) {
    for (unsigned i = 0; i < sizeof kInsns / sizeof kInsns[0]; ++i) {
        for (unsigned operand = 0; operand < kInsns[i].operands; ++operand) {
            uint64_t v[3] = {BOX(0x40000000), BOX(0x40400000), BOX(0x40a00000)};
            v[operand] = BOX(NAN_S);
            const struct fp_result want = fp_run(kInsns[i].insn, 0, v[0], v[1], v[2], 0);
            CHECK_EQ(want.cause, kEcallM);
            for (unsigned u = 0; u < sizeof kUnboxed / sizeof kUnboxed[0]; ++u) {
                row = i * 100 + operand * 10 + u;
                v[operand] = kUnboxed[u];
                const struct fp_result got = fp_run(kInsns[i].insn, 0, v[0], v[1], v[2], 0);
                if (kInsns[i].result == kFloat) CHECK_EQ(got.f, want.f);
                if (kInsns[i].result == kInteger) CHECK_EQ(got.x, want.x);
                CHECK_EQ(got.flags, want.flags);
            }
        }
    }
}

static void outputs(void) {
    for (row = 0; kInsns[row].insn != FCVT_FF(kD, kS); ++row) {
        const struct fp_result r =
            fp_run(kInsns[row].insn, 0, BOX(0x40000000), BOX(0x40400000), BOX(0x40a00000), 0);
        CHECK_EQ(r.f >> 32, 0xffffffff);
    }
    CHECK_EQ(fp_run(FCVT_FF(kS, kD), 0, 0x3ff8000000000000, 0, 0, 0).f, BOX(0x3fc00000));
    CHECK_EQ(fp_run(FCVT_FROM_X(kS, 0), 0, 0, 0, 0, (reg_t)-3).f, BOX(0xc0400000));
    CHECK_EQ(fp_run(FCVT_FROM_X(kS, 1), 0, 0, 0, 0, 3).f, BOX(0x40400000));
    CHECK_EQ(fp_run(FMV_FROM_X(kS), 0, 0, 0, 0, 0x12345678).f, BOX(0x12345678));
    CHECK_EQ(fp_run(FMV_FROM_X(kS), 0, 0, 0, 0, 0x7f800001).f, BOX(0x7f800001));
    // flw f3, 0(a0)
    CHECK_EQ(fp_run(0x00052187, 0, 0x7f800001, 0, 0, 0).f, BOX(0x7f800001));
}

static void transfers(void) {
    // fmv.x.w takes the low half as it is, and extends its sign.
    CHECK_EQ(fp_run(FMV_TO_X(kS), 0, 0x123456783f800000, 0, 0, 0).x, 0x3f800000);
    CHECK_EQ(fp_run(FMV_TO_X(kS), 0, 0x12345678bf800000, 0, 0, 0).x,
             (reg_t)(sreg_t)(int32_t)0xbf800000);
    CHECK_EQ(fp_run(FSGNJ(kD, 0), 0, 0x123456783f800000, 0x1, 0, 0).f, 0x123456783f800000);
    CHECK_EQ(fp_run(FSGNJ(kD, 1), 0, 0x123456783f800000, 0x1, 0, 0).f, 0x923456783f800000);
#if XLEN == 64
    CHECK_EQ(fp_run(FMV_TO_X(kD), 0, 0x123456783f800000, 0, 0, 0).x, 0x123456783f800000);
    CHECK_EQ(fp_run(FMV_FROM_X(kD), 0, 0, 0, 0, 0x123456783f800000).f, 0x123456783f800000);
#endif
}

void test(void) {
    inputs();
    outputs();
    transfers();
}
