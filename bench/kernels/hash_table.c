// Insert, find and erase in an open-addressing hash table with linear probing.
#include "kernel.h"

enum { kSlots = 1 << 14, kErased = 1 };
static uint64_t keys[kSlots];  // 0: never used
static uint64_t values[kSlots];

static uint32_t slot_of(uint64_t key) { return (uint32_t)(key * 0x9e3779b97f4a7c15u >> 50); }

// The slot that holds `key`, or the one to put it in.
static uint32_t probe(uint64_t key) {
    uint32_t slot = slot_of(key), free_slot = kSlots;
    while (keys[slot] != 0 && keys[slot] != key) {
        if (keys[slot] == kErased && free_slot == kSlots) free_slot = slot;
        slot = (slot + 1) % kSlots;
    }
    return keys[slot] == key || free_slot == kSlots ? slot : free_slot;
}

uint64_t kernel(void) {
    uint64_t checksum = 0;
    for (uint64_t round = 0; round < WORK; round++) {
        uint64_t random = 0x5851f42d4c957f2du + round;
        for (uint32_t i = 0; i < kSlots; i++) keys[i] = 0;
        for (uint32_t i = 0; i < kSlots; i++) {
            uint64_t key = (next_random(&random) >> 32) % 12000 + 2;
            uint32_t slot = probe(key);
            if (keys[slot] != key) {
                keys[slot] = key;
                values[slot] = i;
            } else if (i % 4 == 0) {
                keys[slot] = kErased;
            } else {
                values[slot] += key;
            }
            checksum += values[slot] ^ slot;
        }
    }
    return checksum;
}
