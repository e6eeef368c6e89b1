// External interrupts: the UART's "transmitter empty" through the PLIC, for M and for S; claim,
// complete, threshold, priority and enable (PLIC specification; 16550 IER and IIR).
#include "harness.h"

enum { kUartIrq = 10, kContextM = 0, kContextS = 1, kIerThre = 2, kIirThre = 2, kIirNone = 1 };
#define PRIORITY(irq) (PLIC + 4 * (irq))
#define PENDING (PLIC + 0x1000)
#define ENABLE(context) (PLIC + 0x2000 + 0x80 * (context))
#define THRESHOLD(context) (PLIC + 0x200000 + 0x1000 * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)

FRAGMENT(spin, "1: j 1b");
FRAGMENT(vector, "");

static void uart_raise(void) { write8(UART + 1, kIerThre); }
// Reading IIR acknowledges "transmitter empty".
static unsigned uart_acknowledge(void) { return read8(UART + 2) & 15; }

static void handle(enum interrupt interrupt, unsigned context) {
    const unsigned bit = 1u << interrupt;
    CHECK_EQ(CSR_READ(mip) & bit, bit);
    CHECK_EQ(read32(PENDING) >> kUartIrq & 1, 1);
    CHECK_EQ(read32(CLAIM(context)), kUartIrq);
    CHECK_EQ(read32(PENDING) >> kUartIrq & 1, 0);
    CHECK_EQ(CSR_READ(mip) & bit, 0);
    CHECK_EQ(read32(CLAIM(context)), 0);  // nothing more
    CHECK_EQ(uart_acknowledge(), kIirThre);
    CHECK_EQ(uart_acknowledge(), kIirNone);
    write32(CLAIM(context), kUartIrq);
    CHECK_EQ(CSR_READ(mip) & bit, 0);
    write8(UART + 1, 0);
}

static void machine(void) {
    write32(ENABLE(kContextM), 1u << kUartIrq);
    CSR_WRITE(mie, 1u << kMei);
    uart_raise();
    struct context c = run(kUser, spin, 0, 0, 0, 0);
    CHECK_TRAP(c, INTERRUPT(kMei), spin, 0);
    handle(kMei, kContextM);
    // Threshold at the source's priority masks it; below, it comes.
    write32(THRESHOLD(kContextM), 3);
    uart_raise();
    CHECK_EQ(CSR_READ(mip) & 1u << kMei, 0);
    write32(THRESHOLD(kContextM), 2);
    CHECK_EQ(CSR_READ(mip) & 1u << kMei, 1u << kMei);
    handle(kMei, kContextM);
    write32(THRESHOLD(kContextM), 0);
    // Priority 0 never interrupts.
    write32(PRIORITY(kUartIrq), 0);
    uart_raise();
    CHECK_EQ(CSR_READ(mip) & 1u << kMei, 0);
    write32(PRIORITY(kUartIrq), 3);
    handle(kMei, kContextM);
    write32(ENABLE(kContextM), 0);
    uart_raise();
    CHECK_EQ(CSR_READ(mip) & 1u << kMei, 0);
    uart_acknowledge();
    write8(UART + 1, 0);
    CSR_WRITE(mie, 0);
}

static void supervisor(void) {
    // What the part above left pending.
    write32(ENABLE(kContextS), 1u << kUartIrq);
    const uint32_t left = read32(CLAIM(kContextS));
    if (left != 0) write32(CLAIM(kContextS), left);
    CSR_WRITE(stvec, (reg_t)vector);
    CSR_WRITE(mideleg, 1u << kSei);
    CSR_WRITE(mie, 1u << kSei);
    CSR_SET(mstatus, MSTATUS_SIE);
    uart_raise();
    const struct context c = run(kSupervisor, spin, 0, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, vector, 0);
    CHECK_EQ(CSR_READ(scause), INTERRUPT(kSei));
    handle(kSei, kContextS);
    CSR_WRITE(mie, 0);
}

void test(void) {
    write32(PRIORITY(kUartIrq), 3);
    CHECK_EQ(read32(PRIORITY(kUartIrq)), 3);
    machine();
    supervisor();
}
