// Branches that follow the data: Collatz walks and a binary search over a sorted table.
#include "kernel.h"

enum { kEntries = 1024 };
static uint32_t table[kEntries];

static uint32_t collatz_length(uint64_t n) {
    uint32_t length = 0;
    while (n != 1) {
        if (n & 1) {
            n = 3 * n + 1;
        } else {
            n >>= 1;
        }
        length++;
    }
    return length;
}

static int search(uint32_t key) {
    int low = 0, high = kEntries - 1;
    while (low <= high) {
        int middle = (low + high) / 2;
        if (table[middle] == key) return middle;
        if (table[middle] < key) {
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return -1 - low;
}

uint64_t kernel(void) {
    uint64_t random = 88172645463325252u, checksum = 0;
    for (int i = 0; i < kEntries; i++) table[i] = (uint32_t)i * 977;
    for (uint64_t i = 1; i <= WORK; i++) {
        checksum = fold(checksum, collatz_length(i));
        for (int j = 0; j < 8; j++) {
            checksum +=
                (uint64_t)(int64_t)search((uint32_t)(next_random(&random) % (kEntries * 977)));
        }
    }
    return checksum;
}
