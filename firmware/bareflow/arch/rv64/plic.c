// Interrupts of devices. Registers: RISC-V Platform-Level Interrupt Controller Specification 1.0.0,
// "Memory Map".
#include "machine.h"
#include "runtime.h"
#include "trap.h"

enum {
    kPriority = 0,     // a word for each source
    kEnable = 0x2000,  // a bit for each source, for each context
    kEnableStride = 0x80,
    kThreshold = 0x200000,  // for each context
    kClaim = 0x200004,      // for each context; written: the interrupt is complete
    kContextStride = 0x1000,
    kSources = 128,
};

static void (*handlers[kSources])(unsigned number);

static volatile uint32_t* plic_register(uintptr_t offset) {
    return (volatile uint32_t*)(machine.plic + offset);
}

static volatile uint32_t* context_register(uintptr_t offset) {
    return plic_register(offset + machine.plic_context * kContextStride);
}

bool interrupt_register(unsigned number, void (*handler)(unsigned number)) {
    if (number == 0 || number >= kSources || machine.plic == 0) return false;
    volatile uint32_t* const enable =
        plic_register(kEnable + machine.plic_context * kEnableStride + number / 32 * 4);
    const uint32_t bit = (uint32_t)1 << number % 32;
    const bool enabled = interrupts_set(false);
    handlers[number] = handler;
    *plic_register(kPriority + 4 * number) = 1;
    *context_register(kThreshold) = 0;
    *enable = handler != NULL ? *enable | bit : *enable & ~bit;
    interrupts_set(enabled);
    return true;
}

void plic_interrupt(void) {
    volatile uint32_t* const claim = context_register(kClaim);
    for (uint32_t number; (number = *claim) != 0; *claim = number)
        if (number < kSources && handlers[number] != NULL) handlers[number](number);
}
