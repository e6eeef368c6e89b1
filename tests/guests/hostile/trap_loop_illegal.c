// The trap vector's first instruction is illegal: the hart traps for ever and retires nothing.
#include "hostile.h"

FRAGMENT(vector, ".balign 4\n .word 0");

void test(void) {
    CSR_WRITE(mtvec, (reg_t)vector);
    asm volatile("ecall");
}
