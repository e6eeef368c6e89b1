// What the runtime asks of the machine.
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "platform.h"
#include "runtime.h"

size_t runtime_ram_size(void) {
    return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

uint64_t cpu_rdtsc(void) { return __rdtsc(); }

uint64_t timer_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

// No emulator to ask, and no table of symbols.
volatile void* platform_jitctl(void) { return NULL; }

bool symbol_named(const char* name, struct Symbol* symbol) {
    (void)name;
    (void)symbol;
    return false;
}
