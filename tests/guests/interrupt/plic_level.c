// A source that is still asserted when its interrupt is completed is pending again (PLIC
// specification, "Interrupt Gateways").
#include "harness.h"

enum { kUartIrq = 10, kIerThre = 2 };
#define MEIP (1u << kMei)
#define CLAIM (PLIC + 0x200004)

void test(void) {
    write32(PLIC + 4 * kUartIrq, 3);
    write32(PLIC + 0x2000, 1u << kUartIrq);
    write8(UART + 1, kIerThre);
    for (row = 0; row < 5; ++row) {
        CHECK_EQ(CSR_READ(mip) & MEIP, MEIP);
        CHECK_EQ(read32(CLAIM), kUartIrq);
        CHECK_EQ(CSR_READ(mip) & MEIP, 0);
        write32(CLAIM, kUartIrq);
    }
    CHECK_EQ(read32(CLAIM), kUartIrq);
    CHECK_EQ(read8(UART + 2) & 15, 2);  // reading IIR takes the request back
    write32(CLAIM, kUartIrq);
    CHECK_EQ(CSR_READ(mip) & MEIP, 0);
    CHECK_EQ(read32(CLAIM), 0);
}
