#include "heap.h"

#include "heap_block.h"
#include "runtime.h"

static const char kCorrupt[] = "the heap is damaged: something wrote beyond its block";

static void seal(struct HeapBlock* block) { block->check = check_of(block); }

static void make(struct HeapBlock* block, uint32_t units, uint32_t units_before, uint32_t state) {
    block->units = units;
    block->before = units_before;
    block->state = state;
    seal(block);
}

static void set_before(struct HeapBlock* block, uint32_t units) {
    block->before = units;
    seal(block);
}

static bool report(struct Heap* heap, const char* fault) {
    if (!heap->fault) heap->fault = fault;
    return false;
}

// --- Lists ---------------------------------------------------------------------------------------

// The first class of which every block has at least that many units.
static unsigned class_above(uint32_t units) {
    return units < 8 ? units : class_of(units + (1u << (log2_of(units) - 3)) - 1);
}

static void push(struct Heap* heap, struct HeapBlock* block) {
    unsigned class = class_of(block->units);
    struct HeapBlock* first = heap->free_lists[class];
    *links_of(block) = (struct Links){.next = first, .previous = NULL};
    if (first) links_of(first)->previous = block;
    heap->free_lists[class] = block;
    heap->class_map[class / 32] |= 1u << class % 32;
    ++heap->statistics.free_blocks;
}

// The links lie in memory that the program once had: they are followed only where they agree.
static bool unlink(struct Heap* heap, struct HeapBlock* block) {
    unsigned class = class_of(block->units);
    struct HeapBlock* next = links_of(block)->next;
    struct HeapBlock* previous = links_of(block)->previous;
    if (next && (!intact(heap, next, kFreeTag) || links_of(next)->previous != block))
        return report(heap, kCorrupt);
    if (previous ? !intact(heap, previous, kFreeTag) || links_of(previous)->next != block
                 : heap->free_lists[class] != block)
        return report(heap, kCorrupt);
    if (next) links_of(next)->previous = previous;
    if (previous)
        links_of(previous)->next = next;
    else
        heap->free_lists[class] = next;
    if (!heap->free_lists[class]) heap->class_map[class / 32] &= ~(1u << class % 32);
    --heap->statistics.free_blocks;
    return true;
}

// The first list from `class` on that holds something; kHeapClasses: none.
static unsigned occupied_class(const struct Heap* heap, unsigned class) {
    unsigned word = class / 32;
    uint32_t map = class < kHeapClasses ? heap->class_map[word] & ~0u << class % 32 : 0;
    enum { kWords = (kHeapClasses + 31) / 32 };
    while (!map && ++word < kWords) map = heap->class_map[word];
    return map ? word * 32 + (unsigned)__builtin_ctz(map) : kHeapClasses;
}

static struct HeapBlock* find(struct Heap* heap, uint32_t units) {
    unsigned class = occupied_class(heap, class_above(units));
    struct HeapBlock* block = class < kHeapClasses ? heap->free_lists[class] : NULL;
    if (!block) {
        block = heap->free_lists[class_of(units)];
        while (block && intact(heap, block, kFreeTag) && block->units < units)
            block = links_of(block)->next;
    }
    if (block && !intact(heap, block, kFreeTag)) {
        report(heap, kCorrupt);
        return NULL;
    }
    return block;
}

// --- Blocks --------------------------------------------------------------------------------------

// Header included; 0: no block can be as large.
static uint32_t units_for(size_t size) {
    if (size > SIZE_MAX - kUnit || size / kUnit > kMaxUnits - 2) return 0;
    if (!size) size = 1;
    return (uint32_t)((size + kUnit - 1) / kUnit) + 1;
}

static size_t payload_size(const struct HeapBlock* block) {
    return (size_t)(block->units - 1) * kUnit - (block->state & 0xff);
}

static void* hand_out(struct HeapBlock* block, size_t size) {
    uint32_t slack = (uint32_t)((size_t)(block->units - 1) * kUnit - size);
    block->state = kUsedTag | slack;
    seal(block);
    for (uint8_t* guard = payload_end(block) - slack; guard < payload_end(block); ++guard)
        *guard = kGuard;
    return block + 1;
}

static void count_used(struct Heap* heap, uint32_t units) {
    struct HeapStatistics* statistics = &heap->statistics;
    statistics->used += (size_t)units * kUnit;
    if (statistics->used > statistics->peak) statistics->peak = statistics->used;
}

// Cuts a block in two when the second part can be a block of its own, which then counts as used.
static struct HeapBlock* split(struct HeapBlock* block, uint32_t units) {
    if (block->units - units < kMinUnits) return NULL;
    struct HeapBlock* rest = (struct HeapBlock*)((uintptr_t)block + (uintptr_t)units * kUnit);
    make(rest, block->units - units, units, kUsedTag);
    set_before(after(rest), rest->units);
    block->units = units;
    seal(block);
    return rest;
}

// Adds to `block` the free block behind it, which is in no list any more.
static void absorb(struct HeapBlock* block, struct HeapBlock* next) {
    block->units += next->units;
    set_before(after(next), block->units);
    next->state = kAbsorbedTag;
    seal(next);
    seal(block);
}

static bool release(struct Heap* heap, struct HeapBlock* block) {
    struct HeapBlock* next = after(block);
    struct HeapBlock* previous = block->before ? before(block) : NULL;
    bool join_next = tag_of(next) == kFreeTag;
    bool join_previous = previous && tag_of(previous) == kFreeTag;
    if (join_next && !unlink(heap, next)) return false;
    if (join_previous && !unlink(heap, previous)) {
        if (join_next) push(heap, next);
        return false;
    }
    block->state = kFreeTag;
    seal(block);
    if (join_next) absorb(block, next);
    if (join_previous) {
        absorb(previous, block);
        block = previous;
    }
    push(heap, block);
    return true;
}

// --- Ranges --------------------------------------------------------------------------------------

bool heap_add_range(struct Heap* heap, uintptr_t start, uintptr_t end) {
    start = (start + kUnit - 1) & ~(uintptr_t)(kUnit - 1);
    end &= ~(uintptr_t)(kUnit - 1);
    if (heap->open || heap->range_count == kHeapRanges || start >= end) return false;
    if (start < kUnit || (end - start) / kUnit < kMinUnits + kLastUnits) return false;
    if ((end - start) / kUnit > kMaxUnits) end = start + (uintptr_t)kMaxUnits * kUnit;

    struct HeapBlock* first = (struct HeapBlock*)start;
    make(first, kLastUnits, 0, kUsedTag);
    heap->ranges[heap->range_count++] =
        (struct HeapRange){.first = first, .last = first, .end = end};
    heap->statistics.total += end - start;
    return true;
}

// Turns the header at the range's front into a block of that many units, with a new last header
// behind.
static struct HeapBlock* advance(struct HeapRange* range, uint32_t units) {
    struct HeapBlock* block = range->last;
    block->units = units;
    seal(block);
    range->last = after(block);
    make(range->last, kLastUnits, units, kUsedTag);
    return block;
}

static uint32_t units_left(const struct HeapRange* range) {
    return (uint32_t)((range->end - (uintptr_t)range->last) / kUnit) - kLastUnits;
}

void heap_open(struct Heap* heap) {
    heap->open = true;
    for (size_t i = 0; i < heap->range_count; ++i) {
        struct HeapRange* range = &heap->ranges[i];
        uint32_t left = units_left(range);
        if (left >= kMinUnits) release(heap, advance(range, left));
    }
}

static struct HeapBlock* bump(struct Heap* heap, uint32_t units) {
    for (size_t i = 0; i < heap->range_count; ++i)
        if (units_left(&heap->ranges[i]) >= units) return advance(&heap->ranges[i], units);
    return NULL;
}

// --- Allocation ----------------------------------------------------------------------------------

static struct HeapBlock* take(struct Heap* heap, uint32_t units) {
    if (!heap->open) return bump(heap, units);
    struct HeapBlock* block = find(heap, units);
    return block && unlink(heap, block) ? block : NULL;
}

// Frees what is before the first address in the block that a payload of that alignment can have.
static struct HeapBlock* trim_front(struct Heap* heap, struct HeapBlock* block, size_t alignment) {
    uintptr_t aligned = ((uintptr_t)(block + 1) + alignment - 1) & ~(uintptr_t)(alignment - 1);
    uint32_t skip = (uint32_t)((aligned - (uintptr_t)(block + 1)) / kUnit);
    if (!skip) return block;
    // A gap too small for a block: on to the next aligned address.
    while (skip < kMinUnits) skip += (uint32_t)(alignment / kUnit);
    struct HeapBlock* rest = split(block, skip);
    release(heap, block);
    return rest;
}

void* heap_allocate(struct Heap* heap, size_t size, size_t alignment) {
    uint32_t units = units_for(size);
    if (alignment < kUnit) alignment = kUnit;
    if (alignment & (alignment - 1)) return NULL;
    // Room for any misalignment, and for a gap that must be a block of its own.
    size_t margin = alignment == kUnit ? 0 : alignment / kUnit + kMinUnits;
    if (!units || margin > kMaxUnits - units) return NULL;
    struct HeapBlock* block = take(heap, units + (uint32_t)margin);
    if (!block) return NULL;

    if (margin) block = trim_front(heap, block, alignment);
    struct HeapBlock* rest = split(block, units);
    void* payload = hand_out(block, size);
    if (rest) release(heap, rest);
    ++heap->statistics.blocks;
    count_used(heap, block->units);
    return payload;
}

// The block of a payload, after it was looked at from all sides.
static struct HeapBlock* verified(struct Heap* heap, void* payload) {
    struct HeapBlock* block = (struct HeapBlock*)payload - 1;
    const char* fault = NULL;
    if (!in_heap(heap, block))
        fault = "not a block of the heap";
    else if (!sealed(block))
        fault = "not a block of the heap, or its header was overwritten";
    else if (tag_of(block) != kUsedTag)
        fault = "the block is free already";
    else if (block->units < kMinUnits)
        fault = "not a block of the heap";
    else if (!guarded(block) || !in_heap(heap, after(block)) || !sealed(after(block)))
        fault = "the program wrote beyond the end of the block";
    else if (block->before && (!in_heap(heap, before(block)) || !sealed(before(block))))
        fault = kCorrupt;
    if (!fault) return block;
    report(heap, fault);
    return NULL;
}

bool heap_free(struct Heap* heap, void* payload) {
    struct HeapBlock* block = verified(heap, payload);
    if (!block) return false;
    uint32_t units = block->units;
    if (!release(heap, block)) return false;
    --heap->statistics.blocks;
    heap->statistics.used -= (size_t)units * kUnit;
    return true;
}

// Makes the block `units` long if it and a free block behind it have as many.
static bool resize_in_place(struct Heap* heap, struct HeapBlock* block, uint32_t units) {
    struct HeapBlock* next = after(block);
    bool join = heap->open && units > block->units && tag_of(next) == kFreeTag;
    if (block->units + (join ? next->units : 0) < units) return false;
    if (join && !unlink(heap, next)) return false;
    heap->statistics.used -= (size_t)block->units * kUnit;
    if (join) absorb(block, next);
    struct HeapBlock* rest = split(block, units);
    if (rest) release(heap, rest);
    count_used(heap, block->units);
    return true;
}

void* heap_resize(struct Heap* heap, void* payload, size_t size) {
    struct HeapBlock* block = verified(heap, payload);
    uint32_t units = units_for(size);
    if (!block || !units) return NULL;
    if (resize_in_place(heap, block, units)) return hand_out(block, size);
    if (heap->fault) return NULL;

    // It did not fit: the new block is the larger one.
    void* moved = heap_allocate(heap, size, kUnit);
    if (!moved) return NULL;
    memcpy(moved, payload, payload_size(block));
    heap_free(heap, payload);
    return moved;
}
