// One floating-point instruction on raw register contents, in any rounding mode. It runs until it
// is hot; what it reads it does not write, so that the last time says what all did.
#pragma once

#include "harness.h"

enum { kNx = 1, kUf = 2, kOf = 4, kDz = 8, kNv = 16 };
enum { kRne, kRtz, kRdn, kRup, kRmm, kModes, kDyn = 7 };

// Operands are f0, f1, f2 or a5; the result is f3 or a4 (see `is_integer`).
#define FP_OP(funct7, rs2, rm) ((uint32_t)(funct7) << 25 | (rs2) << 20 | (rm) << 12 | 3 << 7 | 0x53)
#define FP_TO_X(funct7, rs2, rm) \
    ((uint32_t)(funct7) << 25 | (rs2) << 20 | (rm) << 12 | 14 << 7 | 0x53)
#define FP_FROM_X(funct7, rs2, rm) \
    ((uint32_t)(funct7) << 25 | (rs2) << 20 | 15 << 15 | (rm) << 12 | 3 << 7 | 0x53)
#define FP_FMA(format, opcode) (2u << 27 | (format) << 25 | 1 << 20 | 3 << 7 | (opcode))
enum { kS = 0, kD = 1, kH = 2 };  // formats
#define FADD(f) FP_OP(0x00 + (f), 1, 0)
#define FSUB(f) FP_OP(0x04 + (f), 1, 0)
#define FMUL(f) FP_OP(0x08 + (f), 1, 0)
#define FDIV(f) FP_OP(0x0c + (f), 1, 0)
#define FSQRT(f) FP_OP(0x2c + (f), 0, 0)
#define FSGNJ(f, kind) FP_OP(0x10 + (f), 1, kind)
#define FMIN(f) FP_OP(0x14 + (f), 1, 0)
#define FMAX(f) FP_OP(0x14 + (f), 1, 1)
#define FMADD(f) FP_FMA(f, 0x43)
#define FMSUB(f) FP_FMA(f, 0x47)
#define FNMSUB(f) FP_FMA(f, 0x4b)
#define FNMADD(f) FP_FMA(f, 0x4f)
#define FCVT_FF(to, from) FP_OP(0x20 + (to), from, 0)
#define FLE(f) FP_TO_X(0x50 + (f), 1, 0)
#define FLT(f) FP_TO_X(0x50 + (f), 1, 1)
#define FEQ(f) FP_TO_X(0x50 + (f), 1, 2)
#define FCLASS(f) FP_TO_X(0x70 + (f), 0, 1)
#define FMV_TO_X(f) FP_TO_X(0x70 + (f), 0, 0)
#define FMV_FROM_X(f) FP_FROM_X(0x78 + (f), 0, 0)
// Integer formats: 0 w, 1 wu, 2 l, 3 lu.
#define FCVT_TO_X(f, integer) FP_TO_X(0x60 + (f), integer, 0)
#define FCVT_FROM_X(f, integer) FP_FROM_X(0x68 + (f), integer, 0)
#define WITH_RM(insn, rm) ((insn) | (uint32_t)(rm) << 12)

// A single or half in a register: ones above it.
#define BOX(single) (0xffffffff00000000u | (uint64_t)(uint32_t)(single))
#define BOX_H(half) (0xffffffffffff0000u | (uint64_t)(uint16_t)(half))
#define NAN_S 0x7fc00000u
#define NAN_D 0x7ff8000000000000u

struct fp_result {
    uint64_t f;
    reg_t x;
    reg_t flags;
    reg_t cause;  // kEcallM unless it trapped
};

// Fewer than elsewhere: there are thousands of cases.
enum { kFpRounds = 1300 };

FRAGMENT(fp_code,
         "fld f0, 0(a0)\n fld f1, 8(a0)\n fld f2, 16(a0)\n"
         "1: csrw fcsr, a2\n fp_slot: .word 0\n csrr a3, fflags\n addi a1, a1, -1\n bnez a1, 1b\n"
         "fsd f3, 24(a0)");
extern char fp_slot[];

static inline struct fp_result fp_run(uint32_t insn, unsigned frm, uint64_t a, uint64_t b,
                                      uint64_t c, reg_t x) {
    static volatile uint64_t registers[4];
    registers[0] = a;
    registers[1] = b;
    registers[2] = c;
    write32((reg_t)fp_slot, insn);
    fence_i();
    CSR_SET(mstatus, MSTATUS_FS);
    struct context context = {.pc = (reg_t)fp_code, .mode = kMachine};
    context.x[kA0] = (reg_t)registers;
    context.x[kA1] = kFpRounds;
    context.x[kA2] = frm << 5;
    context.x[kA5] = x;
    enter(&context);
    return (struct fp_result){registers[3], context.x[kA4], context.x[kA3], context.cause};
}
