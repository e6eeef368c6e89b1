// CSR access and the fields that the tests name.
#pragma once

#define CSR_READ(csr)                                        \
    ({                                                       \
        uintptr_t v_;                                        \
        asm volatile("csrr %0, " #csr : "=r"(v_)::"memory"); \
        v_;                                                  \
    })
#define CSR_WRITE(csr, value) \
    asm volatile("csrw " #csr ", %0" ::"rK"((uintptr_t)(value)) : "memory")
#define CSR_SET(csr, value) asm volatile("csrs " #csr ", %0" ::"rK"((uintptr_t)(value)) : "memory")
#define CSR_CLEAR(csr, value) \
    asm volatile("csrc " #csr ", %0" ::"rK"((uintptr_t)(value)) : "memory")

#define MSTATUS_SIE ((uintptr_t)1 << 1)
#define MSTATUS_MIE ((uintptr_t)1 << 3)
#define MSTATUS_SPIE ((uintptr_t)1 << 5)
#define MSTATUS_MPIE ((uintptr_t)1 << 7)
#define MSTATUS_SPP ((uintptr_t)1 << 8)
#define MSTATUS_MPP ((uintptr_t)3 << 11)
#define MSTATUS_MPP_SHIFT 11
#define MSTATUS_FS ((uintptr_t)3 << 13)
#define MSTATUS_FS_SHIFT 13
#define MSTATUS_MPRV ((uintptr_t)1 << 17)
#define MSTATUS_SUM ((uintptr_t)1 << 18)
#define MSTATUS_MXR ((uintptr_t)1 << 19)
#define MSTATUS_TVM ((uintptr_t)1 << 20)
#define MSTATUS_TW ((uintptr_t)1 << 21)
#define MSTATUS_TSR ((uintptr_t)1 << 22)
#define MSTATUS_SD ((uintptr_t)1 << (__riscv_xlen - 1))
