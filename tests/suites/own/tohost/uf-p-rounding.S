// 1/3 in the five rounding modes, its flags, and NaN boxing.
#include "htif.S.inc"

#define THIRD_DOWN 0x3eaaaaaa
#define THIRD_UP 0x3eaaaaab
#define FLAG_INEXACT 1
#define FLAG_DIVIDE_BY_ZERO 8
#define FLAG_INVALID 16
#define STATUS_FS 0x6000

.macro third case, mode, sign, value
    li a1, \sign
    fcvt.s.w fa0, a1
    fdiv.s fa0, fa0, fa1, \mode
    fmv.x.w a0, fa0
    expect \case, a0, \value
    fsflags a0, zero
    expect \case, a0, FLAG_INEXACT
.endm

    htif_begin
    li a0, STATUS_FS
    csrs mstatus, a0
    fsflags zero
    li a0, 3
    fcvt.s.w fa1, a0
    third 1, rne, 1, THIRD_UP
    third 2, rtz, 1, THIRD_DOWN
    third 3, rdn, 1, THIRD_DOWN
    third 4, rup, 1, THIRD_UP
    third 5, rmm, 1, THIRD_UP
    third 6, rdn, -1, THIRD_UP - 0x80000000
    third 7, rup, -1, THIRD_DOWN - 0x80000000

    fmv.w.x fa2, zero
    fdiv.s fa0, fa1, fa2
    fmv.x.w a0, fa0
    expect 8, a0, 0x7f800000
    fsflags a0, zero
    expect 8, a0, FLAG_DIVIDE_BY_ZERO
    fdiv.s fa0, fa2, fa2
    fmv.x.w a0, fa0
    expect 9, a0, 0x7fc00000
    fsflags a0, zero
    expect 9, a0, FLAG_INVALID

    // The low half of the double 3.0 is no boxed single: it reads as the canonical NaN.
    li a0, 3
    fcvt.d.w fa3, a0
    fadd.s fa0, fa3, fa1
    fmv.x.w a0, fa0
    expect 10, a0, 0x7fc00000
    fsflags a0, zero
    expect 10, a0, 0
    htif_end
