// As trap_loop_illegal, in S-mode, where page faults are delegated to a vector that is not mapped.
#include "hostile.h"
#include "paging.h"

void test(void) {
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    CSR_WRITE(medeleg, -1);
    CSR_WRITE(stvec, TEST_VA);
    probe(kSupervisor, kLoad, TEST_VA);
}
