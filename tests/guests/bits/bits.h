// Edge values, and a check of one instruction on all pairs of them against a function in C.
#pragma once

#include "harness.h"

enum { kRegBits = XLEN, kShiftMask = XLEN - 1 };

struct instruction {
    const char* fragment;
    reg_t (*model)(reg_t, reg_t);
};

// A fragment that computes a2 from a0 and a1.
#define BINARY(name, mnemonic) FRAGMENT(name, mnemonic " a2, a0, a1")
#define UNARY(name, mnemonic) FRAGMENT(name, mnemonic " a2, a0")

static const reg_t kEdges[] = {
    0,
    1,
    2,
    3,
    31,
    32,
    33,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x12345678,
    0x7fffffff,
    0x80000000,
    0x80000001,
    0xfffffffe,
    0xffffffff,
#if XLEN == 64
    0x100000000,
    0x7fffffff00000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0x0123456789abcdef,
    0xfedcba9876543210,
    0xffffffff00000000,
    0xffffffff80000000,
    0xffffffffffffffff,
    0x00ff00ff00ff00ff,
    0x8040201008040201,
#else
    0x01020408, 0x89abcdef, 0x00ff00ff, 0x7654321f,
#endif
};
enum { kEdgeCount = sizeof kEdges / sizeof kEdges[0] };

static inline void check_instructions(const struct instruction* list, unsigned count) {
    for (unsigned n = 0; n < count; ++n) {
        for (unsigned i = 0; i < kEdgeCount * kEdgeCount; ++i) {
            row = n * 10000 + i;
            const reg_t a = kEdges[i / kEdgeCount], b = kEdges[i % kEdgeCount];
            const struct context c = run(kUser, list[n].fragment, a, b, 0, 0);
            CHECK_EQ(c.cause, kEcallU);
            CHECK_EQ(c.x[kA2], list[n].model(a, b));
            CHECK_EQ(c.x[kA0], a);
        }
    }
}
