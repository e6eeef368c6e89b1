// Calls of the SBI (RISC-V Supervisor Binary Interface, "Binary Encoding").
#pragma once

#include <stdint.h>

struct SbiResult {
    int64_t error;  // 0: none
    uint64_t value;
};

enum SbiExtension { kSbiBase = 0x10, kSbiTime = 0x54494d45, kSbiSystemReset = 0x53525354 };

// Functions of kSbiBase.
enum { kSbiVendor = 4, kSbiArchitecture = 5, kSbiImplementation = 6 };

static inline struct SbiResult sbi_call(enum SbiExtension extension, uint64_t function,
                                        uint64_t first, uint64_t second) {
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (struct SbiResult){(int64_t)a0, a1};
}
