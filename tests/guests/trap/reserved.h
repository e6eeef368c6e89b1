// Encodings that are reserved, or that need something which is off (unprivileged specification,
// base opcode map).
#pragma once

#include "harness.h"

#define R(funct7, rs2, rs1, funct3, rd, opcode) \
    ((uint32_t)(funct7) << 25 | (rs2) << 20 | (rs1) << 15 | (funct3) << 12 | (rd) << 7 | (opcode))
#define I(imm, rs1, funct3, rd, opcode) R((imm) >> 5, (imm)&31, rs1, funct3, rd, opcode)
enum {
    kLoad = 0x03,
    kLoadFp = 0x07,
    kMiscMem = 0x0f,
    kOpImm = 0x13,
    kOpImm32 = 0x1b,
    kStore = 0x23,
    kStoreFp = 0x27,
    kAmo = 0x2f,
    kOp = 0x33,
    kOp32 = 0x3b,
    kMadd = 0x43,
    kOpFp = 0x53,
    kBranch = 0x63,
    kJalr = 0x67,
    kSystem = 0x73,
};

static const uint32_t kReserved[] = {
    // 16 bits wide
    0x0000,  // all zeros
    0x0004,  // c.addi4spn without an immediate
    0x8000,  // quadrant 0, funct3 4
    0x6081,  // c.lui x1, 0
    0x6101,  // c.addi16sp 0
    0x9c41,  // quadrant 1, arithmetic, reserved
    0x9c61,
    0x4002,  // c.lwsp x0
    0x8002,  // c.jr x0
    // Lengths and major opcodes that nothing uses
    0xffffffff,
    0x0000001f,
    0x0000003f,
    0x0000007f,
    0x0000000b,
    0x0000002b,
    0x0000005b,
    0x0000007b,
    0x00000057,
    0x0000006b,
    0x00000077,
    // Base set
    I(0, 0, 7, 0, kLoad),
    R(0, 0, 0, 4, 0, kStore),
    R(0, 0, 0, 7, 0, kStore),
    R(0, 0, 0, 2, 0, kBranch),
    R(0, 0, 0, 3, 0, kBranch),
    I(0, 0, 1, 0, kJalr),
    I(0, 0, 7, 0, kJalr),
    R(0x04, 0, 0, 1, 0, kOpImm),
    R(0x48, 0, 0, 5, 0, kOpImm),
    R(0x02, 0, 0, 5, 0, kOpImm),
    R(0x02, 0, 0, 0, 0, kOp),
    R(0x20, 0, 0, 1, 0, kOp),
    R(0x21, 0, 0, 0, 0, kOp),
    R(0x60, 0, 0, 0, 0, kOp),
    R(0x7f, 0, 0, 7, 0, kOp),
    I(0, 0, 7, 0, kMiscMem),
    // Atomics
    R(0x00, 0, 0, 0, 0, kAmo),
    R(0x00, 0, 0, 5, 0, kAmo),
    R(0x00, 0, 0, 7, 0, kAmo),
    R(0x1c, 0, 0, 2, 0, kAmo),
    R(0x7c, 0, 0, 2, 0, kAmo),
    R(0x08, 1, 0, 2, 0, kAmo),
    // System
    0x00000073 | 1u << 7,   // ecall with rd
    0x00100073 | 1u << 15,  // ebreak with rs1
    0x30200073 | 1u << 7,   // mret with rd
    0x30200073 | 1u << 15,  // mret with rs1
    0x10500073 | 1u << 7,   // wfi with rd
    0x12000073 | 1u << 7,   // sfence.vma with rd
    0x00200073,             // uret, withdrawn
    0x00300073,             // reserved funct12
    0x30c00073,
    0x7b200073,  // dret outside of debug mode
    I(0x7ff, 31, 4, 31, kSystem),
    I(0x7f0, 0, 2, 1, kSystem),  // csrr of a number that no CSR has
    // Floating point, with mstatus.FS on
    I(0, 0, 5, 0, kLoadFp),
    I(0, 0, 7, 0, kLoadFp),
    R(0, 0, 0, 5, 0, kStoreFp),
    R(0, 0, 0, 7, 0, kStoreFp),
    R(0x03, 0, 0, 0, 0, kOpFp),  // fadd.q
    R(0x00, 0, 0, 5, 0, kOpFp),
    R(0x00, 0, 0, 6, 0, kOpFp),  // rounding modes 5 and 6
    R(0x01, 0, 0, 5, 0, kOpFp),
    R(0x2c, 0, 0, 6, 0, kOpFp),
    R(0x03, 0, 0, 0, 0, kMadd),
    R(0x00, 0, 0, 5, 0, kMadd),
    R(0x10, 0, 0, 3, 0, kOpFp),  // sign injection, funct3 3
    R(0x14, 0, 0, 2, 0, kOpFp),  // min/max, funct3 2
    R(0x2c, 1, 0, 0, 0, kOpFp),  // fsqrt.s with rs2
    R(0x50, 0, 0, 3, 0, kOpFp),  // compare, funct3 3
    R(0x60, 4, 0, 0, 0, kOpFp),  // fcvt.w.s with rs2 = 4
    R(0x70, 0, 0, 2, 0, kOpFp),
    R(0x70, 1, 0, 0, 0, kOpFp),  // fclass.s, fmv.x.w malformed
    R(0x78, 1, 0, 0, 0, kOpFp),
    R(0x78, 0, 0, 1, 0, kOpFp),  // fmv.w.x malformed
    R(0x20, 0, 0, 0, 0, kOpFp),  // fcvt.s.s
    R(0x21, 1, 0, 0, 0, kOpFp),  // fcvt.d.d
#if XLEN == 64
    0x2001,  // c.addiw x0
    0x6002,  // c.ldsp x0
    R(0x01, 0, 0, 1, 0, kOpImm32),
    R(0x01, 0, 0, 5, 0, kOpImm32),  // shamt[5] of word shifts
    I(0, 0, 2, 0, kOpImm32),
    I(0, 0, 7, 0, kOpImm32),
    R(0x01, 0, 0, 1, 0, kOp32),
    R(0x20, 0, 0, 1, 0, kOp32),
    R(0, 0, 0, 2, 0, kOp32),
    R(0x00, 0, 0, 4, 0, kAmo),
    R(0x0c, 1, 0, 3, 0, kAmo) | 1u << 29,
#else
    0x9c01,  // c.subw
    0x9c21,  // c.addw
    0x1082,  // c.slli with shamt[5]
    0x9081,  // c.srli with shamt[5]
    0x9481,  // c.srai with shamt[5]
    R(0x01, 0, 0, 1, 0, kOpImm), R(0x01, 0, 0, 5, 0, kOpImm), R(0x21, 0, 0, 5, 0, kOpImm),
    I(0, 0, 3, 0, kLoad), I(0, 0, 6, 0, kLoad), R(0, 0, 0, 3, 0, kStore), I(0, 0, 0, 0, kOpImm32),
    R(0, 0, 0, 1, 0, kOpImm32), R(0, 0, 0, 0, 0, kOp32), R(0x01, 0, 0, 4, 0, kOp32),
    R(0x00, 0, 0, 3, 0, kAmo), R(0x08, 0, 0, 3, 0, kAmo), R(0x60, 2, 0, 0, 0, kOpFp),
    R(0x68, 2, 0, 0, 0, kOpFp),                              // fcvt.l.s, fcvt.s.l
    R(0x71, 0, 0, 0, 0, kOpFp), R(0x79, 0, 0, 0, 0, kOpFp),  // fmv.x.d, fmv.d.x
#endif
};
