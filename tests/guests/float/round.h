// Rows of arithmetic instructions with their results and flags in every rounding mode.
#pragma once

#include "float.h"

struct round_row {
    uint32_t insn;
    uint64_t a, b, c, results[kModes];
    uint8_t flags[kModes];
};

// A value as a register holds it; the instruction's format says how wide it is.
static inline uint64_t box_for(unsigned format, uint64_t bits) {
    return format == kS ? BOX(bits) : format == kH ? BOX_H(bits) : bits;
}

// Each mode is tried as the instruction's own, with another one in frm, and as the dynamic one.
static inline void check_rounding(const struct round_row* rows, unsigned count) {
    for (row = 0; row < count; ++row) {
        const struct round_row* r = &rows[row];
        const unsigned format = r->insn >> 25 & 3;
        const uint64_t a = box_for(format, r->a), b = box_for(format, r->b),
                       c = box_for(format, r->c);
        for (unsigned rm = 0; rm < kModes; ++rm) {
            struct fp_result got = fp_run(WITH_RM(r->insn, rm), kModes - 1 - rm, a, b, c, 0);
            CHECK_EQ(got.f, box_for(format, r->results[rm]));
            CHECK_EQ(got.flags, r->flags[rm]);
            got = fp_run(WITH_RM(r->insn, kDyn), rm, a, b, c, 0);
            CHECK_EQ(got.f, box_for(format, r->results[rm]));
            CHECK_EQ(got.flags, r->flags[rm]);
        }
    }
}
