// What the programs with several harts share. They run with `kHarts` of them.
#pragma once

#include "harness.h"

enum { kHarts = 4 };

static inline uint32_t load_acquire(const volatile uint32_t* p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void store_release(volatile uint32_t* p, uint32_t v) {
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}
static inline void wait_for(const volatile uint32_t* p, uint32_t v) {
    while (load_acquire(p) != v) {
    }
}
static inline void send_ipi(unsigned hart) { write32(CLINT + 4 * hart, 1); }
static inline void clear_ipi(unsigned hart) { write32(CLINT + 4 * hart, 0); }
