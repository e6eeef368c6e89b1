// Words made of letters, sorted with quicksort by a byte-wise comparison, searched for substrings.
#include "kernel.h"

enum { kWords = 1024, kLength = 16 };
static char words[kWords][kLength];
static const char* sorted[kWords];
static char text[kWords * 8];

static int compare(const char* a, const char* b) {
    while (*a && *a == *b) a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

static uint32_t length(const char* s) {
    const char* end = s;
    while (*end) end++;
    return (uint32_t)(end - s);
}

static void sort(const char** first, const char** last) {
    while (last - first > 1) {
        const char* pivot = first[(last - first) / 2];
        const char **left = first, **right = last - 1;
        while (left <= right) {
            while (compare(*left, pivot) < 0) left++;
            while (compare(*right, pivot) > 0) right--;
            if (left > right) break;
            const char* swapped = *left;
            *left++ = *right;
            *right-- = swapped;
        }
        sort(first, right + 1);
        first = left;
    }
}

static uint32_t count_in_text(const char* needle) {
    uint32_t count = 0, size = length(needle);
    for (const char* at = text; *at; at++) {
        uint32_t i = 0;
        while (i < size && at[i] == needle[i]) i++;
        count += i == size;
    }
    return count;
}

uint64_t kernel(void) {
    uint64_t random = 0x2545f4914f6cdd1du, checksum = 0;
    for (uint64_t round = 0; round < WORK; round++) {
        for (uint32_t i = 0; i < kWords; i++) {
            uint32_t size = 3 + (uint32_t)(next_random(&random) % (kLength - 4));
            for (uint32_t j = 0; j < size; j++)
                words[i][j] = (char)('a' + next_random(&random) % 6);
            words[i][size] = 0;
            sorted[i] = words[i];
        }
        sort(sorted, sorted + kWords);
        char* end = text;
        for (uint32_t i = 0; i < kWords; i++) {
            checksum = fold(checksum, (uint64_t)(sorted[i] - words[0]));
            for (uint32_t j = 0; j < 7 && sorted[i][j]; j++) *end++ = sorted[i][j];
        }
        *end = 0;
        for (uint32_t i = 0; i < 16; i++)
            checksum = fold(checksum, count_in_text(sorted[i * 64] + 1));
    }
    return checksum;
}
