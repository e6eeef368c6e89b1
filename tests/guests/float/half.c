// Zfh: boxing of halves, moves, loads and stores, special operands (unprivileged specification,
// Zfh).
#include "float.h"

#define NAN_H 0x7e00u
#define ONE_H 0x3c00u

static const struct {
    uint32_t insn;
    unsigned operands;
} kInsns[] = {
    {FADD(kH), 2},   {FSUB(kH), 2},     {FMUL(kH), 2},        {FDIV(kH), 2},
    {FSQRT(kH), 1},  {FMADD(kH), 3},    {FMSUB(kH), 3},       {FNMSUB(kH), 3},
    {FNMADD(kH), 3}, {FSGNJ(kH, 0), 2}, {FSGNJ(kH, 1), 2},    {FSGNJ(kH, 2), 2},
    {FMIN(kH), 2},   {FMAX(kH), 2},     {FCVT_FF(kS, kH), 1}, {FCVT_FF(kD, kH), 1},
};

static void boxing(void) {
    static const uint64_t kUnboxed[] = {
        ONE_H,      0xffffffff00003c00, 0xfffffffffffe3c00, 0x7fffffffffff3c00,
        0xffff3c00, 0xffffffff3f800000};
    for (unsigned i = 0; i < sizeof kInsns / sizeof kInsns[0]; ++i) {
        for (unsigned operand = 0; operand < kInsns[i].operands; ++operand) {
            uint64_t v[3] = {BOX_H(0x4000), BOX_H(0x4200), BOX_H(0x4500)};
            v[operand] = BOX_H(NAN_H);
            const struct fp_result want = fp_run(kInsns[i].insn, 0, v[0], v[1], v[2], 0);
            CHECK_EQ(want.cause, kEcallM);
            for (unsigned u = 0; u < sizeof kUnboxed / sizeof kUnboxed[0]; ++u) {
                row = i * 100 + operand * 10 + u;
                v[operand] = kUnboxed[u];
                const struct fp_result got = fp_run(kInsns[i].insn, 0, v[0], v[1], v[2], 0);
                CHECK_EQ(got.f, want.f);
                CHECK_EQ(got.flags, want.flags);
            }
        }
    }
    // A boxed half is not a boxed single.
    CHECK_EQ(fp_run(FCLASS(kS), 0, BOX_H(ONE_H), 0, 0, 0).x, 1 << 9);
    CHECK_EQ(fp_run(FCLASS(kH), 0, BOX(0x3f800000), 0, 0, 0).x, 1 << 9);
}

static void transfers(void) {
    CHECK_EQ(fp_run(FMV_FROM_X(kH), 0, 0, 0, 0, 0x12347c01).f, BOX_H(0x7c01));
    CHECK_EQ(fp_run(FMV_TO_X(kH), 0, 0x123456789abc8001, 0, 0, 0).x,
             (reg_t)(sreg_t)(int16_t)0x8001);
    CHECK_EQ(fp_run(0x00051187, 0, 0x12347c01, 0, 0, 0).f, BOX_H(0x7c01));  // flh f3, 0(a0)
}

static void special(void) {
    static const struct {
        uint32_t insn;
        uint16_t a, b, c, result;
        unsigned flags;
    } kRows[] = {
        {FADD(kH), 0x7c00, 0xfc00, 0, NAN_H, kNv},
        {FADD(kH), 0x7c01, ONE_H, 0, NAN_H, kNv},
        {FDIV(kH), ONE_H, 0x8000, 0, 0xfc00, kDz},
        {FDIV(kH), 0, 0, 0, NAN_H, kNv},
        {FSQRT(kH), 0x8000, 0, 0, 0x8000, 0},
        {FSQRT(kH), 0xbc00, 0, 0, NAN_H, kNv},
        {FMADD(kH), 0x7c00, 0, NAN_H, NAN_H, kNv},
        {FMIN(kH), 0, 0x8000, 0, 0x8000, 0},
        {FMAX(kH), 0x7c01, ONE_H, 0, ONE_H, kNv},
        {FMAX(kH), NAN_H, NAN_H, 0, NAN_H, 0},
        {FADD(kH), 0x7bff, 0x7bff, 0, 0x7c00, kOf | kNx},
    };
    for (row = 0; row < sizeof kRows / sizeof kRows[0]; ++row) {
        const struct fp_result r = fp_run(kRows[row].insn, 0, BOX_H(kRows[row].a),
                                          BOX_H(kRows[row].b), BOX_H(kRows[row].c), 0);
        CHECK_EQ(r.f, BOX_H(kRows[row].result));
        CHECK_EQ(r.flags, kRows[row].flags);
    }
    static const struct {
        uint16_t value;
        unsigned bit;
    } kClasses[] = {
        {0xfc00, 0}, {0xbc00, 1}, {0x8001, 2}, {0x8000, 3}, {0, 4},
        {0x03ff, 5}, {0x0400, 6}, {0x7c00, 7}, {0x7c01, 8}, {0xfe01, 9},
    };
    for (row = 0; row < 10; ++row)
        CHECK_EQ(fp_run(FCLASS(kH), 0, BOX_H(kClasses[row].value), 0, 0, 0).x,
                 1u << kClasses[row].bit);
    CHECK_EQ(fp_run(FLT(kH), 0, BOX_H(0xbc00), BOX_H(0x8000), 0, 0).x, 1);
    CHECK_EQ(fp_run(FEQ(kH), 0, BOX_H(0), BOX_H(0x8000), 0, 0).x, 1);
    CHECK_EQ(fp_run(FLE(kH), 0, BOX_H(NAN_H), BOX_H(0), 0, 0).flags, kNv);
}

void test(void) {
    boxing();
    transfers();
    special();
}
