// The control and status registers, named without their mode: M-mode's and S-mode's differ only in
// the number of the mode, BAREFLOW_MODE: 3 or 1 (Privileged Architecture, "CSR Listing"). For C and
// assembly.
#pragma once

#define MACHINE_MODE 3
#define SUPERVISOR_MODE 1

#define CSR_STATUS (BAREFLOW_MODE << 8 | 0x00)
#define CSR_IE (BAREFLOW_MODE << 8 | 0x04)
#define CSR_TVEC (BAREFLOW_MODE << 8 | 0x05)
#define CSR_SCRATCH (BAREFLOW_MODE << 8 | 0x40)
#define CSR_EPC (BAREFLOW_MODE << 8 | 0x41)
#define CSR_CAUSE (BAREFLOW_MODE << 8 | 0x42)
#define CSR_TVAL (BAREFLOW_MODE << 8 | 0x43)

#define CSR_SATP 0x180
#define CSR_MISA 0x301
#define CSR_CYCLE 0xc00
#define CSR_TIME 0xc01
#define CSR_VENDOR_ID 0xf11
#define CSR_ARCHITECTURE_ID 0xf12
#define CSR_IMPLEMENTATION_ID 0xf13

// Bits of CSR_STATUS.
#define STATUS_IE (1 << BAREFLOW_MODE)
#define STATUS_FS_INITIAL (1 << 13)

// Interrupts' numbers: bits of CSR_IE, codes in CSR_CAUSE.
#define TIMER_INTERRUPT (4 + BAREFLOW_MODE)
#define EXTERNAL_INTERRUPT (8 + BAREFLOW_MODE)

#ifndef __ASSEMBLER__

#include <stdint.h>

#define CSR_READ(csr)                                                 \
    ({                                                                \
        uint64_t csr_value;                                           \
        __asm__ volatile("csrr %0, %1" : "=r"(csr_value) : "i"(csr)); \
        csr_value;                                                    \
    })
#define CSR_WRITE(csr, value) __asm__ volatile("csrw %0, %1" : : "i"(csr), "rK"(value) : "memory")

// These return what the register held before.
#define CSR_SET(csr, bits)                                                                        \
    ({                                                                                            \
        uint64_t csr_value;                                                                       \
        __asm__ volatile("csrrs %0, %1, %2" : "=r"(csr_value) : "i"(csr), "rK"(bits) : "memory"); \
        csr_value;                                                                                \
    })
#define CSR_CLEAR(csr, bits)                                                                      \
    ({                                                                                            \
        uint64_t csr_value;                                                                       \
        __asm__ volatile("csrrc %0, %1, %2" : "=r"(csr_value) : "i"(csr), "rK"(bits) : "memory"); \
        csr_value;                                                                                \
    })

#endif
