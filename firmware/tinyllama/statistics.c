#include "statistics.h"

#include "jit_runtime.h"
#include "runtime.h"

void statistics_print_start(const struct Checkpoint* checkpoint) {
    const struct Dimensions* d = &checkpoint->dimensions;
    printf("# model: %s, %lu layers of %lu, feed-forward %lu, %lu heads (%lu for keys), ",
           checkpoint->group_size == 0 ? "fp32" : "int8", (unsigned long)d->layers,
           (unsigned long)d->dim, (unsigned long)d->hidden_dim, (unsigned long)d->heads,
           (unsigned long)d->kv_heads);
    printf("vocabulary %lu, context %lu\n", (unsigned long)d->vocab_size,
           (unsigned long)d->seq_len);
    printf("# profiler: %llu cycles for a pair of calls\n",
           (unsigned long long)jit_profile_overhead());
}

void statistics_print_speed(uint32_t tokens, uint64_t microseconds) {
    const double seconds = (double)(microseconds == 0 ? 1 : microseconds) / 1e6;
    printf("# %lu tokens in %.3f s: %.2f tokens/s by the machine's clock\n", (unsigned long)tokens,
           seconds, tokens / seconds);
}

void statistics_print_end(int compiled) {
    printf("# cycles a layer: %llu\n", (unsigned long long)jit_get_avg_cycles("transformer_layer"));
    if (compiled == JIT_UNAVAILABLE)
        printf("# compilation on request: unavailable\n");
    else
        printf("# compilation on request: %d functions accepted\n", compiled);
    jit_profile_report();
}
