#include "cpu.h"

#include "csr.h"
#include "platform.h"
#include "runtime.h"
#include "sbi.h"

static bool has_cycle;

// Firmware decides whether S-mode may read the counter. Where it may not, the trap goes to the
// label.
static bool may_read_cycle(void) {
    uint64_t readable = 0;
    uint64_t handler;
    __asm__ volatile(
        "   la %1, 1f\n"
        "   csrrw %1, %2, %1\n"
        "   csrr t0, cycle\n"
        "   li %0, 1\n"
        "   .balign 4\n"
        "1: csrw %2, %1\n"
        : "+r"(readable), "=&r"(handler)
        : "i"(CSR_TVEC)
        : "t0");
    return readable != 0;
}

void cpu_init(void) { has_cycle = may_read_cycle(); }

uint64_t cpu_rdtsc(void) { return has_cycle ? CSR_READ(CSR_CYCLE) : timer_ticks(); }

static uint64_t identity(uint64_t sbi_function) {
#if BAREFLOW_MODE == MACHINE_MODE
    switch (sbi_function) {
        case kSbiVendor:
            return CSR_READ(CSR_VENDOR_ID);
        case kSbiArchitecture:
            return CSR_READ(CSR_ARCHITECTURE_ID);
        default:
            return CSR_READ(CSR_IMPLEMENTATION_ID);
    }
#else
    const struct SbiResult result = sbi_call(kSbiBase, sbi_function, 0, 0);
    return result.error == 0 ? result.value : 0;
#endif
}

// Splits a register into two of the answer's.
static void put(uint64_t value, uint32_t* low, uint32_t* high) {
    *low = (uint32_t)value;
    *high = (uint32_t)(value >> 32);
}

void cpu_cpuid(uint32_t leaf, uint32_t* eax, uint32_t* ebx, uint32_t* ecx, uint32_t* edx) {
    *eax = *ebx = *ecx = *edx = 0;
    if (leaf == 0) {
        *ebx = (uint32_t)identity(kSbiVendor);
#if BAREFLOW_MODE == MACHINE_MODE
        const uint64_t misa = CSR_READ(CSR_MISA);
        *eax = misa & 0x3ffffff;
        *edx = (uint32_t)(misa >> 62);
#endif
    } else if (leaf == 1) {
        put(identity(kSbiArchitecture), eax, ebx);
        put(identity(kSbiImplementation), ecx, edx);
    }
}

void platform_sync_code(void* code, size_t size) {
    (void)code;
    (void)size;
    __asm__ volatile("fence.i" : : : "memory");
}
