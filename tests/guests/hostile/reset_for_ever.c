// Resets the machine each time that it starts: the instruction limit counts on.
#include "hostile.h"

void test(void) {
    for (unsigned i = 0; i < 10000; ++i) asm volatile("");
    write32(FINISHER, 0x7777);
    halt();
}
