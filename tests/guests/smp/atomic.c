// Harts count together: by amoadd, by LR/SC, and a plain counter under a lock made of amoswap and
// one made of LR/SC. Nothing is lost.
#include "smp.h"

enum { kRounds = 5000 };
static uint32_t by_amo, by_lrsc, locked, locked_too, lock, second_lock;
static volatile uint32_t done;
static uint64_t by_double;

static void add_lrsc(uint32_t* p) {
    uint32_t t, failed;
    asm volatile("1: lr.w %0, (%2)\n addi %0, %0, 1\n sc.w %1, %0, (%2)\n bnez %1, 1b"
                 : "=&r"(t), "=&r"(failed)
                 : "r"(p)
                 : "memory");
}

static void take_swap(uint32_t* p) {
    while (__atomic_exchange_n(p, 1, __ATOMIC_ACQUIRE) != 0) {
    }
}

static void take_lrsc(uint32_t* p) {
    uint32_t t;
    asm volatile("1: lr.w.aq %0, (%1)\n bnez %0, 1b\n sc.w %0, %2, (%1)\n bnez %0, 1b"
                 : "=&r"(t)
                 : "r"(p), "r"(1)
                 : "memory");
}

static void work(void) {
    for (unsigned i = 0; i < kRounds; ++i) {
        __atomic_fetch_add(&by_amo, 1, __ATOMIC_RELAXED);
        add_lrsc(&by_lrsc);
#if XLEN == 64
        __atomic_fetch_add(&by_double, (uint64_t)1 << 33, __ATOMIC_RELAXED);
#endif
        take_swap(&lock);
        *(volatile uint32_t*)&locked += 1;
        store_release(&lock, 0);
        take_lrsc(&second_lock);
        *(volatile uint32_t*)&locked_too += 1;
        store_release(&second_lock, 0);
    }
    __atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
}

void secondary(reg_t hart) {
    (void)hart;
    work();
}

void test(void) {
    release_harts();
    work();
    wait_for(&done, kHarts);
    CHECK_EQ(by_amo, kHarts * kRounds);
    CHECK_EQ(by_lrsc, kHarts * kRounds);
    CHECK_EQ(locked, kHarts * kRounds);
    CHECK_EQ(locked_too, kHarts * kRounds);
    if (XLEN == 64) CHECK_EQ(by_double, (uint64_t)kHarts * kRounds << 33);
}
