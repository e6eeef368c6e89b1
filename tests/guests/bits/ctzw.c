// ctzw looks at the low word only: of a zero there it is 32, whatever stands above.
#include "bits.h"

UNARY(i_ctzw, "ctzw");

static reg_t ctzw(reg_t a, reg_t b) {
    (void)b;
    reg_t n = 0;
    while (n < 32 && !(a >> n & 1)) ++n;
    return n;
}

static const struct instruction kInsns[] = {{i_ctzw, ctzw}};

void test(void) { check_instructions(kInsns, 1); }
