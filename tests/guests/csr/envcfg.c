// menvcfg and senvcfg: their fields can be set and cleared, and only from the modes that own them
// (privileged specification, menvcfg and senvcfg).
#include "harness.h"

enum { kFiom = 1, kCbie = 3 << 4, kCbcfe = 1 << 6, kCbze = 1 << 7 };
static const reg_t kFields[] = {kFiom, 1 << 4, 3 << 4, kCbcfe, kCbze};

FRAGMENT(read_senvcfg, "csrr a0, senvcfg");
FRAGMENT(read_menvcfg, "csrr a0, menvcfg");

void test(void) {
    const reg_t all = kFiom | kCbie | kCbcfe | kCbze;
    for (row = 0; row < sizeof kFields / sizeof kFields[0]; ++row) {
        CSR_WRITE(menvcfg, 0);
        CSR_WRITE(senvcfg, 0);
        CHECK_EQ(CSR_READ(menvcfg) & all, 0);
        CSR_WRITE(menvcfg, kFields[row]);
        CHECK_EQ(CSR_READ(menvcfg) & all, kFields[row]);
        CHECK_EQ(CSR_READ(senvcfg) & all, 0);
        CSR_WRITE(senvcfg, kFields[row]);
        CHECK_EQ(CSR_READ(senvcfg), kFields[row]);
    }
    CSR_WRITE(senvcfg, -1);
    CHECK_EQ(CSR_READ(senvcfg) & ~(all | 0xffffff00), 0);
    CSR_WRITE(senvcfg, 0);
    struct context c = run(kSupervisor, read_senvcfg, 0, 0, 0, 0);
    CHECK_DONE(c, read_senvcfg);
    c = run(kUser, read_senvcfg, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, read_senvcfg);
    c = run(kSupervisor, read_menvcfg, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, read_menvcfg);
}
