// The clock, and the interrupt that it raises when it reaches a time: in M-mode both are registers
// of the CLINT, in S-mode they are a CSR and a service of the firmware (which knows Sstc itself
// where the hart has it; before OpenSBI 1.2 a device tree may name it though S-mode cannot use it).
#include "cpu.h"
#include "csr.h"
#include "machine.h"
#include "platform.h"
#include "runtime.h"
#include "sbi.h"
#include "trap.h"

enum { kMicroseconds = 1000000, kMaxFrequency = 1000, kMostLate = 8 };

// In units of the timebase.
static uint64_t boot_time;
static uint64_t wake_time = UINT64_MAX;  // when timer_sleep() ends

static struct {
    void (*handler)(void);
    uint64_t period;
    uint64_t next;
} tick = {.next = UINT64_MAX};

uint64_t timer_ticks(void) {
    if (BAREFLOW_MODE == MACHINE_MODE && machine.clock != 0)
        return *(volatile uint64_t*)machine.clock;
    return CSR_READ(CSR_TIME);
}

// False: there is no alarm.
static bool set_alarm(void) {
    const uint64_t time = tick.next < wake_time ? tick.next : wake_time;
#if BAREFLOW_MODE == MACHINE_MODE
    if (machine.clock_compare == 0) return false;
    *(volatile uint64_t*)machine.clock_compare = time;
    return true;
#else
    return sbi_call(kSbiTime, 0, time, 0).error == 0;
#endif
}

void timer_init(void) {
    boot_time = timer_ticks();
    set_alarm();
}

uint64_t timer_microseconds(void) {
    const uint64_t ticks = timer_ticks() - boot_time;
    return ticks / machine.timebase * kMicroseconds +
           ticks % machine.timebase * kMicroseconds / machine.timebase;
}

void timer_sleep(uint64_t microseconds) {
    const uint64_t seconds = microseconds / kMicroseconds;
    const uint64_t rest = microseconds % kMicroseconds;
    const uint64_t end =
        timer_ticks() + seconds * machine.timebase + rest * machine.timebase / kMicroseconds;
    const bool enabled = interrupts_set(false);
    while (timer_ticks() < end) {
        wake_time = end;
        if (set_alarm()) platform_wait();
    }
    interrupts_set(enabled);
}

void timer_start(unsigned frequency, void (*handler)(void)) {
    if (frequency > kMaxFrequency) frequency = kMaxFrequency;
    const bool on = frequency != 0 && handler != NULL;
    const bool enabled = interrupts_set(false);
    tick.handler = handler;
    tick.period = on ? machine.timebase / frequency : 0;
    tick.next = on ? timer_ticks() + tick.period : UINT64_MAX;
    set_alarm();
    interrupts_set(enabled);
}

// Ticks that come late are made up for, unless they are so many that the program would never run.
void timer_interrupt(void) {
    const uint64_t now = timer_ticks();
    const bool due = now >= tick.next;
    if (due)
        tick.next = (now - tick.next) / tick.period < kMostLate ? tick.next + tick.period
                                                                : now + tick.period;
    if (now >= wake_time) wake_time = UINT64_MAX;
    set_alarm();
    if (due) tick.handler();
}
