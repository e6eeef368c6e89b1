// The trap vector lies outside RAM: each trap's first fetch is an access fault.
#include "hostile.h"

void test(void) {
    CSR_WRITE(mtvec, UNMAPPED);
    asm volatile("ecall");
}
