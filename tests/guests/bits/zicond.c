// Zicond against its definition. The assembler does not know the mnemonics.
#include "bits.h"

FRAGMENT(czero_eqz, ".insn r OP, 5, 7, a2, a0, a1");
FRAGMENT(czero_nez, ".insn r OP, 7, 7, a2, a0, a1");
// The result over either operand, and x0 as condition.
FRAGMENT(over_value, ".insn r OP, 5, 7, a0, a0, a1");
FRAGMENT(over_condition, ".insn r OP, 7, 7, a1, a0, a1");
FRAGMENT(zero_condition, ".insn r OP, 5, 7, a2, a0, x0\n .insn r OP, 7, 7, a3, a0, x0");

static reg_t model_eqz(reg_t a, reg_t b) { return b == 0 ? 0 : a; }
static reg_t model_nez(reg_t a, reg_t b) { return b != 0 ? 0 : a; }
static const struct instruction kInsns[] = {{czero_eqz, model_eqz}, {czero_nez, model_nez}};

void test(void) {
    check_instructions(kInsns, 2);
    CHECK_EQ(run(kUser, over_value, 5, 6, 0, 0).x[kA0], 5);
    CHECK_EQ(run(kUser, over_value, 5, 0, 0, 0).x[kA0], 0);
    CHECK_EQ(run(kUser, over_condition, 5, 6, 0, 0).x[kA1], 0);
    CHECK_EQ(run(kUser, over_condition, 5, 0, 0, 0).x[kA1], 5);
    const struct context c = run(kUser, zero_condition, 5, 0, 1, 1);
    CHECK_EQ(c.x[kA2], 0);
    CHECK_EQ(c.x[kA3], 5);
}
