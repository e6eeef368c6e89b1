// frm holding a reserved mode: an instruction that rounds dynamically is illegal, even where its
// result is exact; one with a static mode, or that does not round, works (unprivileged
// specification, "Floating-Point Control and Status Register").
#include "float.h"

static const uint32_t kRounding[] = {
    FADD(kS),           FSUB(kS),           FMUL(kS),           FDIV(kS),
    FSQRT(kS),          FMADD(kS),          FMSUB(kS),          FNMSUB(kS),
    FNMADD(kS),         FADD(kD),           FSUB(kD),           FMUL(kD),
    FDIV(kD),           FSQRT(kD),          FMADD(kD),          FMSUB(kD),
    FNMSUB(kD),         FNMADD(kD),         FCVT_FF(kS, kD),    FCVT_TO_X(kS, 0),
    FCVT_TO_X(kS, 1),   FCVT_TO_X(kD, 0),   FCVT_TO_X(kD, 1),   FCVT_FROM_X(kS, 0),
    FCVT_FROM_X(kS, 1),
#if XLEN == 64
    FCVT_TO_X(kS, 2),   FCVT_TO_X(kS, 3),   FCVT_TO_X(kD, 2),   FCVT_TO_X(kD, 3),
    FCVT_FROM_X(kS, 2), FCVT_FROM_X(kS, 3), FCVT_FROM_X(kD, 2), FCVT_FROM_X(kD, 3),
#endif
};
static const uint32_t kOthers[] = {
    FSGNJ(kS, 0), FSGNJ(kS, 1), FSGNJ(kS, 2), FMIN(kS),     FMAX(kS),       FLE(kS),
    FLT(kS),      FEQ(kS),      FCLASS(kS),   FMV_TO_X(kS), FMV_FROM_X(kS), FSGNJ(kD, 0),
    FMIN(kD),     FMAX(kD),     FLE(kD),      FLT(kD),      FEQ(kD),        FCLASS(kD),
};
#define ONE_S BOX(0x3f800000)

void test(void) {
    for (unsigned frm = 0; frm < 8; ++frm) {
        const reg_t dynamic = frm < kModes ? kEcallM : kIllegal;
        for (unsigned i = 0; i < sizeof kRounding / sizeof(uint32_t); ++i) {
            row = frm * 100 + i;
            const uint32_t insn = kRounding[i];
            CHECK_EQ(fp_run(WITH_RM(insn, kDyn), frm, ONE_S, ONE_S, ONE_S, 1).cause, dynamic);
            for (unsigned rm = 0; rm < kModes; ++rm)
                CHECK_EQ(fp_run(WITH_RM(insn, rm), frm, ONE_S, ONE_S, ONE_S, 1).cause, kEcallM);
            CHECK_EQ(fp_run(WITH_RM(insn, 5), 0, ONE_S, ONE_S, ONE_S, 1).cause, kIllegal);
            CHECK_EQ(fp_run(WITH_RM(insn, 6), 0, ONE_S, ONE_S, ONE_S, 1).cause, kIllegal);
        }
        for (unsigned i = 0; i < sizeof kOthers / sizeof(uint32_t); ++i) {
            row = frm * 100 + 50 + i;
            CHECK_EQ(fp_run(kOthers[i], frm, ONE_S, ONE_S, ONE_S, 1).cause, kEcallM);
        }
    }
}
