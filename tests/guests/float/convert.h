// Rows of conversions with their results and flags in every rounding mode.
#pragma once

#include "round.h"

struct convert_row {
    uint32_t insn;
    uint64_t in, results[kModes];
    uint8_t flags[kModes];
};
enum conversion { kToX, kFromX, kFloats };

static inline void check_conversion(const struct convert_row* r, enum conversion kind,
                                    uint32_t insn, unsigned frm, unsigned rm) {
    const unsigned format = r->insn >> 25 & 3;
    const unsigned source = kind == kFloats ? r->insn >> 20 & 3 : format;
    const struct fp_result got = fp_run(insn, frm, box_for(source, r->in), 0, 0, (reg_t)r->in);
    if (kind == kToX)
        CHECK_EQ(got.x, (reg_t)r->results[rm]);
    else
        CHECK_EQ(got.f, box_for(format, r->results[rm]));
    CHECK_EQ(got.flags, r->flags[rm]);
}

static inline void check_conversions(const struct convert_row* rows, unsigned count,
                                     enum conversion kind) {
    const uint32_t kLongInteger = 1 << 21;  // rs2 says that the integer has 64 bits
    for (unsigned i = 0; i < count; ++i) {
        row = kind * 1000 + i;
        if (XLEN == 32 && kind != kFloats && (rows[i].insn & kLongInteger)) continue;
        for (unsigned rm = 0; rm < kModes; ++rm) {
            check_conversion(&rows[i], kind, WITH_RM(rows[i].insn, rm), kModes - 1 - rm, rm);
            check_conversion(&rows[i], kind, WITH_RM(rows[i].insn, kDyn), rm, rm);
        }
    }
}
#define CHECK_CONVERSIONS(table, kind) \
    check_conversions(table, sizeof table / sizeof table[0], kind)
