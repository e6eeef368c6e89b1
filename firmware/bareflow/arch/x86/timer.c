// The clock is the time-stamp counter, measured against the 8254 timer; the timer's channel 0 ticks
// 1,000 times a second, to wake sleepers and to call the program's handler.
#include "timer.h"

#include "cpu.h"
#include "platform.h"
#include "ports.h"
#include "runtime.h"

// Intel 8254 data sheet; port 61h gates channel 2.
enum {
    kChannel0 = 0x40,
    kChannel2 = 0x42,
    kControl = 0x43,
    kSpeaker = 0x61,
    kSpeakerGate = 1,
    kSpeakerOn = 2,
    kSpeakerOutput = 0x20,  // of channel 2: high when a countdown is over
    kCountdown2 = 0xb0,     // channel 2, two bytes, mode 0
    kRate0 = 0x34,          // channel 0, two bytes, mode 2
    kLatch2 = 0x80,
    kTimerFrequency = 1193182,
    kTickFrequency = 1000,
    kTickMicroseconds = 1000000 / kTickFrequency,
    kTimerLine = 0,
};

static uint64_t cycles_per_second;
static uint64_t cycles_at_start;

static struct {
    void (*handler)(void);
    uint64_t period, next;  // microseconds
} program_timer;

// --- Measuring ------------------------------------------------------------------------------

static void countdown_start(uint16_t count) {
    port_out8(kSpeaker, (uint8_t)((port_in8(kSpeaker) & ~kSpeakerOn) | kSpeakerGate));
    port_out8(kControl, kCountdown2);
    port_out8(kChannel2, (uint8_t)count);
    port_out8(kChannel2, (uint8_t)(count >> 8));
}

static uint16_t countdown_value(void) {
    port_out8(kControl, kLatch2);
    const uint8_t low = port_in8(kChannel2);
    return (uint16_t)(low | port_in8(kChannel2) << 8);
}

struct Sample {
    uint64_t cycles;
    uint16_t count;
};

// The tightest of a few readings: an emulator may be interrupted between the two counters.
static struct Sample take_sample(void) {
    struct Sample best = {0, 0};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        const uint64_t before = cpu_rdtsc();
        const uint16_t count = countdown_value();
        const uint64_t width = cpu_rdtsc() - before;
        if (width >= best_width) continue;
        best_width = width;
        best = (struct Sample){before + width / 2, count};
    }
    return best;
}

static bool countdown_is_over(void) { return port_in8(kSpeaker) & kSpeakerOutput; }

// About 30 ms. 0 when the machine lost so much time in between that the two samples tell nothing.
static uint64_t measure_once(void) {
    enum { kTop = 0xffff, kEarly = 0xc000, kHalf = 0x8000 };
    countdown_start(kTop);
    const struct Sample first = take_sample();
    while (countdown_value() > kHalf && !countdown_is_over()) cpu_pause();
    const struct Sample second = take_sample();
    if (countdown_is_over() || first.count < kEarly || second.count > kHalf) return 0;
    const uint64_t ticks = (uint64_t)(first.count - second.count);
    return (second.cycles - first.cycles) * kTimerFrequency / ticks;
}

static uint64_t measure(void) {
    for (int tries = 0; tries < 20; tries++) {
        const uint64_t frequency = measure_once();
        if (frequency >= 1000000) return frequency;
    }
    panic("the 8254 timer does not count");
}

void timer_delay(unsigned milliseconds) {
    countdown_start((uint16_t)(milliseconds * (kTimerFrequency / 1000)));
    // Bounded, should there be no timer at all.
    for (int tries = 0; tries < 10000000 && !countdown_is_over(); tries++) cpu_pause();
}

// --- The clock and the tick -----------------------------------------------------------------

uint64_t timer_microseconds(void) {
    if (cycles_per_second == 0) return 0;
    const uint64_t cycles = cpu_rdtsc() - cycles_at_start;
    const uint64_t seconds = cycles / cycles_per_second;
    const uint64_t rest = cycles % cycles_per_second;
    return seconds * 1000000 + rest * 1000000 / cycles_per_second;
}

// Calls that are due are made up for, unless they are so many that the program would never run.
static void tick(unsigned line) {
    enum { kMostCalls = 8 };
    (void)line;
    for (int calls = 0; program_timer.handler; calls++) {
        const uint64_t now = timer_microseconds();
        if (now < program_timer.next) return;
        if (calls == kMostCalls) {
            program_timer.next = now + program_timer.period;
            return;
        }
        program_timer.next += program_timer.period;
        program_timer.handler();
    }
}

void timer_init(void) {
    cycles_per_second = measure();
    cycles_at_start = cpu_rdtsc();
    const uint16_t divisor = kTimerFrequency / kTickFrequency;
    port_out8(kControl, kRate0);
    port_out8(kChannel0, (uint8_t)divisor);
    port_out8(kChannel0, (uint8_t)(divisor >> 8));
    interrupt_register(kTimerLine, tick);
}

void timer_start(unsigned frequency, void (*handler)(void)) {
    const bool enabled = interrupts_set(false);
    if (frequency > kTickFrequency) frequency = kTickFrequency;
    program_timer.handler = frequency ? handler : NULL;
    program_timer.period = frequency ? 1000000 / frequency : 0;
    program_timer.next = timer_microseconds() + program_timer.period;
    interrupts_set(enabled);
}

void timer_sleep(uint64_t microseconds) {
    const uint64_t start = timer_microseconds();
    for (;;) {
        const uint64_t passed = timer_microseconds() - start;
        if (passed >= microseconds) return;
        if (microseconds - passed > kTickMicroseconds) {
            platform_wait();
        } else {
            cpu_pause();
        }
    }
}
