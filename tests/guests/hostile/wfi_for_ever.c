// A hart that waits for an interrupt which nobody will send: the machine must be stoppable. The
// other hart loops, so that the instruction limit is reached.
#include "hostile.h"

void secondary(reg_t hart) {
    (void)hart;
    for (;;) asm volatile("" ::: "memory");
}

void test(void) {
    CSR_WRITE(mie, 0);
    release_harts();
    for (;;) asm volatile("wfi");
}
