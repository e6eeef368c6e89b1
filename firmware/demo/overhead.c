#include "demo.h"
#include "jit_runtime.h"
#include "runtime.h"

enum { kCalls = 10000 };

static __attribute__((noinline)) void nothing(void) { __asm__ volatile(""); }

static uint64_t cycles_plain(void) {
    uint64_t start = cpu_rdtsc();
    for (int i = 0; i < kCalls; ++i) nothing();
    return cpu_rdtsc() - start;
}

static uint64_t cycles_profiled(void) {
    uint64_t start = cpu_rdtsc();
    for (int i = 0; i < kCalls; ++i) {
        jit_profile_begin("nothing");
        nothing();
        jit_profile_end("nothing");
    }
    return cpu_rdtsc() - start;
}

void overhead_benchmark(void) {
    uint64_t plain = cycles_plain();
    uint64_t profiled = cycles_profiled();
    printf("# overhead of %d calls: %llu cycles plain, %llu profiled, %llu a pair\n", kCalls,
           (unsigned long long)plain, (unsigned long long)profiled,
           (unsigned long long)((profiled - plain) / kCalls));
    printf("calls(nothing) = %llu\n", (unsigned long long)jit_get_call_count("nothing"));
}
