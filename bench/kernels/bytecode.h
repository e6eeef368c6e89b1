// The program of the two dispatch kernels: a register machine's loop with one data-dependent skip.
#pragma once

#include <stdint.h>

enum Operation {
    kSet,
    kMultiply,
    kAdd,
    kXor,
    kShiftRight,
    kSkipIfEven,
    kDecrement,
    kJumpIf,
    kHalt
};

struct Instruction {
    uint8_t operation, to, left, right;
};

static const struct Instruction kProgram[] = {
    {kSet, 0, 200, 0},       // r0 = 200
    {kMultiply, 2, 0, 0},    // r2 = r0 * r0
    {kAdd, 1, 1, 2},         // r1 += r2
    {kXor, 1, 1, 3},         // r1 ^= r3
    {kShiftRight, 2, 1, 3},  // r2 = r1 >> 3
    {kSkipIfEven, 0, 1, 0},  // if (r1 & 1)
    {kAdd, 3, 3, 2},         //     r3 += r2
    {kDecrement, 0, 0, 0},   // r0 -= 1
    {kJumpIf, 1, 0, 0},      // if (r0) go to 1
    {kHalt, 0, 0, 0},
};
