#include "heap_block.h"

struct Census {
    size_t used;
    size_t blocks;
    size_t free_blocks;
};

static const char* check_range(const struct HeapRange* range, struct Census* census) {
    uint32_t units_before = 0;
    bool free_before = false;
    const struct HeapBlock* block = range->first;
    for (; block < range->last; block = after(block)) {
        bool is_free = tag_of(block) == kFreeTag;
        if (!sealed(block)) return "a header does not match its check word";
        if (block->before != units_before) return "a block does not know the block before it";
        if (block->units < kMinUnits) return "a block is too small";
        if (!is_free && tag_of(block) != kUsedTag) return "a block is neither used nor free";
        if (is_free && free_before) return "two free blocks lie side by side";
        if (!is_free && !guarded(block)) return "a block's guard was overwritten";
        if (is_free) {
            ++census->free_blocks;
        } else {
            ++census->blocks;
            census->used += (size_t)block->units * kUnit;
        }
        free_before = is_free;
        units_before = block->units;
    }
    if (block != range->last || !sealed(block) || block->before != units_before)
        return "a range does not end where it should";
    return NULL;
}

static const char* check_list(const struct Heap* heap, unsigned class, size_t* listed) {
    struct HeapBlock* block = heap->free_lists[class];
    if (!block != !(heap->class_map[class / 32] & 1u << class % 32))
        return "the map of lists is wrong";
    for (struct HeapBlock* previous = NULL; block; block = links_of(block)->next) {
        if (++*listed > heap->statistics.free_blocks) return "a list is longer than it should be";
        if (!intact(heap, block, kFreeTag)) return "a list holds something else than a free block";
        if (class_of(block->units) != class) return "a free block is in the wrong list";
        if (links_of(block)->previous != previous) return "a list's links disagree";
        previous = block;
    }
    return NULL;
}

const char* heap_check(const struct Heap* heap) {
    struct Census census = {0};
    size_t listed = 0;
    const char* wrong = NULL;
    for (size_t i = 0; i < heap->range_count && !wrong; ++i)
        wrong = check_range(&heap->ranges[i], &census);
    for (unsigned class = 0; class < kHeapClasses && !wrong; ++class)
        wrong = check_list(heap, class, &listed);
    if (wrong) return wrong;
    const struct HeapStatistics* statistics = &heap->statistics;
    if (census.free_blocks != listed || listed != statistics->free_blocks)
        return "a free block is in no list";
    if (census.used != statistics->used || census.blocks != statistics->blocks)
        return "the statistics do not match the blocks";
    return NULL;
}
