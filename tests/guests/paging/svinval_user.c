// The two ordering instructions of Svinval are illegal in U-mode (privileged specification,
// "Svinval").
#include "harness.h"

FRAGMENT(sfence_w_inval, "sfence.w.inval");
FRAGMENT(sfence_inval_ir, "sfence.inval.ir");

void test(void) {
    struct context c = run(kUser, sfence_w_inval, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, sfence_w_inval);
    c = run(kUser, sfence_inval_ir, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, sfence_inval_ir);
}
