#include "malloc.h"

#include "runtime.h"

static struct Heap heap;

bool runtime_heap_add(uintptr_t start, uintptr_t end) { return heap_add_range(&heap, start, end); }

void runtime_heap_open(void) { heap_open(&heap); }

size_t runtime_heap_used(void) { return heap.statistics.used; }

size_t runtime_heap_peak(void) { return heap.statistics.peak; }

void runtime_heap_check(void) {
    const char* wrong = heap_check(&heap);
    if (wrong) panic("heap: %s", wrong);
}

// Lets a block pass, or nothing if that is for want of memory.
static void* checked(const char* function, void* block) {
    if (heap.fault) panic("%s: %s", function, heap.fault);
    return block;
}

void* malloc(size_t size) { return checked("malloc", heap_allocate(&heap, size, kHeapAlignment)); }

void* aligned_alloc(size_t alignment, size_t size) {
    return checked("aligned_alloc", heap_allocate(&heap, size, alignment));
}

void* calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void* block = checked("calloc", heap_allocate(&heap, bytes, kHeapAlignment));
    return block ? memset(block, 0, bytes) : NULL;
}

void* realloc(void* block, size_t size) {
    if (!block) return malloc(size);
    return checked("realloc", heap_resize(&heap, block, size));
}

void free(void* block) {
    if (block && !heap_free(&heap, block)) panic("free(%p): %s", block, heap.fault);
}
