// A kernel built for the host. Prints its checksum and the seconds that it took.
#define _POSIX_C_SOURCE 199309L
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "kernel.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(void) {
    double start = now();
    uint64_t checksum = kernel();
    double seconds = now() - start;
    printf("0x%016" PRIx64 " %.9f\n", checksum, seconds);
    return 0;
}
