#include "trap.h"

#include "csr.h"
#include "machine.h"
#include "platform.h"
#include "runtime.h"

_Static_assert(sizeof(struct TrapFrame) == 66 * 8, "trap.S lays it out so");

static const uint64_t kInterrupt = (uint64_t)1 << 63;  // in CSR_CAUSE

// False: it is a fault.
static bool handle(uint64_t cause) {
    if (cause == (kInterrupt | TIMER_INTERRUPT))
        timer_interrupt();
    else if (cause == (kInterrupt | EXTERNAL_INTERRUPT))
        plic_interrupt();
    else
        return false;
    return true;
}

// trap.S comes here. In a handler even an interrupt is a fault: interrupts are off there.
void trap_handle(const struct TrapFrame* frame) {
    const uint64_t cause = CSR_READ(CSR_CAUSE);
    if (frame != &trap_frame || !handle(cause)) fault_report(frame, cause, CSR_READ(CSR_TVAL));
}

void trap_enable(void) { CSR_WRITE(CSR_IE, 1 << TIMER_INTERRUPT | 1 << EXTERNAL_INTERRUPT); }

bool interrupts_set(bool enabled) {
    const uint64_t before =
        enabled ? CSR_SET(CSR_STATUS, STATUS_IE) : CSR_CLEAR(CSR_STATUS, STATUS_IE);
    return (before & STATUS_IE) != 0;
}

void platform_wait(void) {
    const bool enabled = interrupts_set(false);
    // Characters of a UART that raises no interrupt have to be looked for.
    if (machine.uart_source != 0) __asm__ volatile("wfi");
    interrupts_set(true);  // the handlers run here
    interrupts_set(enabled);
}
