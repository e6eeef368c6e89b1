// The trap vector's first instruction is a load that traps: nothing ever retires.
#include "hostile.h"

asm(".balign 4\n"
    "vector_that_loads: lw a0, 0(zero)\n");
extern const char vector_that_loads[];

void test(void) {
    CSR_WRITE(mtvec, (reg_t)vector_that_loads);
    asm volatile("ecall");
}
