// Shows the runtime at work: the profiler, the allocator, C++.
#include "demo.h"
#include "jit_runtime.h"
#include "runtime.h"

struct Workload {
    const char* name;
    uint64_t (*function)(uint64_t);
    unsigned argument;
    unsigned calls;  // one function of each temperature: warm, hot, very hot
};

static const struct Workload kWorkloads[] = {
    {"fibonacci", fibonacci, 20, 100},
    {"count_primes", count_primes, 1000, 1000},
    {"sum_to_n", sum_to_n, 1000, 10000},
};

enum { kWorkloadCount = sizeof kWorkloads / sizeof *kWorkloads };

static void run(const struct Workload* workload) {
    uint64_t result = 0;
    for (unsigned i = 0; i < workload->calls; ++i) {
        jit_profile_begin(workload->name);
        result = workload->function(workload->argument);
        jit_profile_end(workload->name);
    }
    printf("%s(%u) = %llu\n", workload->name, workload->argument, (unsigned long long)result);
    printf("calls(%s) = %llu\n", workload->name,
           (unsigned long long)jit_get_call_count(workload->name));
}

static void profiled_functions(void) {
    for (size_t i = 0; i < kWorkloadCount; ++i) run(&kWorkloads[i]);
}

static void optimize(void) {
    int accepted = jit_optimize_hot_functions();
    if (accepted == JIT_UNAVAILABLE)
        puts("# jit_optimize_hot_functions: unavailable");
    else
        printf("# jit_optimize_hot_functions: %d accepted\n", accepted);
    printf("thresholds that descend accepted = %d\n", jit_set_threshold(1000, 100, 10));
    printf("thresholds that ascend accepted = %d\n", jit_set_threshold(100, 1000, 10000));
}

static void phase(const char* name, void (*work)(void)) {
    uint64_t microseconds = timer_microseconds();
    uint64_t cycles = cpu_rdtsc();
    work();
    cycles = cpu_rdtsc() - cycles;
    microseconds = timer_microseconds() - microseconds;
    printf("# phase %s: %llu us, %llu cycles\n", name, (unsigned long long)microseconds,
           (unsigned long long)cycles);
}

int main(void) {
    puts("BareFlow demo");
    printf("# one begin/end pair: %llu cycles\n", (unsigned long long)jit_profile_overhead());
    printf("# jitctl: %s\n", jit_control_present() ? "present" : "absent");
    phase("functions", profiled_functions);
    phase("overhead", overhead_benchmark);
    phase("allocator", allocator_torture);
    phase("c++", cxx_part);
    optimize();
    jit_profile_report();
    return 0;
}
