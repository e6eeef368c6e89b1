// Traps, and what handles them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { kRegisterRa = 1, kRegisterS0 = 8 };

// As trap.S lays it out. Of `f` it saves the registers that a function may change.
struct TrapFrame {
    uint64_t x[32];  // x[0] is not written
    uint64_t pc;
    uint64_t fcsr;
    uint64_t f[32];
};

// A trap's frame, at the top of the trap stack; that of a trap within a trap, which is never
// returned from, is at the top of the emergency stack.
extern struct TrapFrame trap_frame, nested_trap_frame;

// trap.S: where trap_handle() returns to.
extern const char trap_handled[];

// Enables the timer's and the devices' interrupts, for when interrupts_set() lets them through.
void trap_enable(void);

// timer.c, plic.c: the handlers of these interrupts.
void timer_interrupt(void);
void plic_interrupt(void);

// fault.c: prints what is known, and ends the machine with code 1. `value` is what CSR_TVAL held.
_Noreturn void fault_report(const struct TrapFrame* frame, uint64_t cause, uint64_t value);

// stack_guard.c: takes away access to the page below either stack, so that who runs over a stack's
// end faults instead of overwriting what lies there.
void stack_guard_enable(void);

// Whether the address is in one of these pages.
bool stack_guard_holds(uintptr_t address);
