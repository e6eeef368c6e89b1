// The allocator, over whatever memory it is given. It has no global state and calls nothing but
// memcpy(), so the host compiles and tests the same source. malloc.c holds the program's heap.
//
// Every block has a header of 16 bytes with a check word, and a guard behind the bytes that were
// asked for. What a program did to them shows when the block or its neighbour is freed: the
// operation is refused, and `fault` of the heap says what was found.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    kHeapAlignment = 16,
    kHeapRanges = 32,
    kHeapClasses = 240,  // 8 to a power of two of a block's size in units of 16 bytes
};

struct HeapBlock;

struct HeapRange {
    struct HeapBlock* first;
    struct HeapBlock*
        last;  // a header without payload: where bumping goes on, later the range's end
    uintptr_t end;
};

struct HeapStatistics {
    size_t total;        // bytes of all ranges
    size_t used;         // bytes of the blocks in use, headers and padding included
    size_t peak;         // the most that `used` ever was
    size_t blocks;       // blocks in use
    size_t free_blocks;  // pieces that the free memory is in
};

// All zeros is a heap without memory.
struct Heap {
    struct HeapRange ranges[kHeapRanges];
    size_t range_count;
    struct HeapBlock* free_lists[kHeapClasses];
    uint32_t class_map[(kHeapClasses + 31) / 32];  // which of the lists hold something
    struct HeapStatistics statistics;
    bool open;
    const char* fault;  // of the first operation that was refused, null when there was none
};

// Gives the heap the memory from `start` up to `end`. Before heap_open() only. False when there are
// kHeapRanges already or the range is of no use. Of a range above 32 GiB the rest is left unused.
bool heap_add_range(struct Heap* heap, uintptr_t start, uintptr_t end);

// Until this is called blocks are cut from the ranges' fronts one after another, which needs no
// lists. From here on all memory that is left can be allocated and used again, blocks of before
// included.
void heap_open(struct Heap* heap);

// Null when no piece of the free memory is large enough. `alignment` is a power of two; below 16 it
// means 16. Constant time, unless only pieces of the request's own size class are left: then as
// many steps as there are such pieces.
void* heap_allocate(struct Heap* heap, size_t size, size_t alignment);

// False, and nothing changed, when `block` is not a block in use or was written beyond its bounds.
bool heap_free(struct Heap* heap, void* block);

// Like realloc(): grows or shrinks in place where that is possible. Null when there is no room or
// the block is damaged; the block then stays as it was.
void* heap_resize(struct Heap* heap, void* block, size_t size);

// Walks every block and every list. Null when all is well, or what is wrong.
const char* heap_check(const struct Heap* heap);

#ifdef __cplusplus
}
#endif
