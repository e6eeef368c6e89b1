// mstatus.MPP is WARL: it never holds 2, which is no mode (privileged specification, "Privilege and
// Global Interrupt-Enable Stack in mstatus").
#include "harness.h"

static reg_t mpp(void) { return (CSR_READ(mstatus) & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT; }

void test(void) {
    static const reg_t kBefore[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 3; ++row) {
        const reg_t others = CSR_READ(mstatus) & ~MSTATUS_MPP;
        CSR_WRITE(mstatus, others | kBefore[row] << MSTATUS_MPP_SHIFT);
        CHECK_EQ(mpp(), kBefore[row]);
        CSR_WRITE(mstatus, others | (reg_t)2 << MSTATUS_MPP_SHIFT);
        CHECK(mpp() != 2);
    }
}
