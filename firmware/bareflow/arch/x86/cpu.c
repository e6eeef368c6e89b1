#include "cpu.h"

#include "platform.h"
#include "runtime.h"

enum { kInterruptFlag = 1 << 9 };

uint64_t cpu_rdtsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

void cpu_cpuid(uint32_t leaf, uint32_t* eax, uint32_t* ebx, uint32_t* ecx, uint32_t* edx) {
    __asm__ volatile("cpuid" : "=a"(*eax), "=b"(*ebx), "=c"(*ecx), "=d"(*edx) : "0"(leaf), "2"(0));
}

bool interrupts_set(bool enabled) {
    uintptr_t flags;
    __asm__ volatile("pushf; pop %0" : "=r"(flags));
    if (enabled) {
        __asm__ volatile("sti" : : : "memory");
    } else {
        __asm__ volatile("cli" : : : "memory");
    }
    return flags & kInterruptFlag;
}

void platform_wait(void) {
    const bool enabled = interrupts_set(false);
    // In one go: sti takes effect after the next instruction, so no interrupt slips in between.
    __asm__ volatile("sti; hlt" : : : "memory");
    if (!enabled) interrupts_set(false);
}

// The processor sees its own stores to code; what it has fetched already is dropped by an
// instruction that serialises (Intel SDM volume 3, section 8.1.3).
void platform_sync_code(void* code, size_t size) {
    (void)code;
    (void)size;
    uint32_t unused;
    cpu_cpuid(0, &unused, &unused, &unused, &unused);
}

volatile void* platform_jitctl(void) { return NULL; }
