// What is in the heap's memory. For heap.c and heap_check.c.
#pragma once

#include "heap.h"

// Payload follows the header. On both 32 and 64 bits the header has 16 bytes and the smallest
// payload holds the links of a free block.
struct HeapBlock {
    uint32_t units;   // of the whole block, in 16 bytes
    uint32_t before;  // units of the block before it in memory, 0 for the first of a range
    uint32_t state;   // a tag; for a used block in the low byte how many of its bytes are padding
    uint32_t check;
};

struct Links {
    struct HeapBlock* next;
    struct HeapBlock* previous;
};

enum {
    kUnit = 16,
    kMinUnits = 2,
    kLastUnits = 1,
    kMaxUnits = 0x7fffffff,
    kTagMask = ~0xff,
    kUsedTag = 0x5553ed00,
    kFreeTag = 0x46524500,
    kAbsorbedTag = 0x4d524700,  // was freed and is now part of the free block before it
    kGuard = 0xb5,
};

static inline struct Links* links_of(struct HeapBlock* block) { return (struct Links*)(block + 1); }

static inline uint32_t tag_of(const struct HeapBlock* block) {
    return block->state & (uint32_t)kTagMask;
}

static inline struct HeapBlock* after(const struct HeapBlock* block) {
    return (struct HeapBlock*)((uintptr_t)block + (uintptr_t)block->units * kUnit);
}

static inline struct HeapBlock* before(const struct HeapBlock* block) {
    return (struct HeapBlock*)((uintptr_t)block - (uintptr_t)block->before * kUnit);
}

static inline uint32_t check_of(const struct HeapBlock* block) {
    uint32_t mix = (uint32_t)((uintptr_t)block / kUnit) * 0x9e3779b1u;
    mix = (mix ^ block->units) * 0x85ebca6bu;
    mix = (mix ^ block->before ^ mix >> 15) * 0xc2b2ae35u;
    return mix ^ block->state;
}

static inline bool sealed(const struct HeapBlock* block) { return block->check == check_of(block); }

// Whether the heap may look for a header there.
static inline bool in_heap(const struct Heap* heap, const struct HeapBlock* block) {
    uintptr_t address = (uintptr_t)block;
    if (address % kUnit) return false;
    for (size_t i = 0; i < heap->range_count; ++i) {
        const struct HeapRange* range = &heap->ranges[i];
        if (address >= (uintptr_t)range->first && address <= (uintptr_t)range->last) return true;
    }
    return false;
}

static inline bool intact(const struct Heap* heap, const struct HeapBlock* block, uint32_t tag) {
    return in_heap(heap, block) && sealed(block) && tag_of(block) == tag;
}

static inline unsigned log2_of(uint32_t value) { return 31u - (unsigned)__builtin_clz(value); }

// Blocks below 8 units have a class for each size; above, each power of two is cut into 8 classes.
static inline unsigned class_of(uint32_t units) {
    if (units < 8) return units;
    unsigned log = log2_of(units);
    return (log - 2) * 8 + ((units >> (log - 3)) & 7);
}

static inline uint8_t* payload_end(const struct HeapBlock* block) { return (uint8_t*)after(block); }

static inline bool guarded(const struct HeapBlock* block) {
    const uint8_t* guard = payload_end(block) - (block->state & 0xff);
    while (guard < payload_end(block))
        if (*guard++ != kGuard) return false;
    return true;
}
