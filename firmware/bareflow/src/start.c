#include "malloc.h"
#include "platform.h"
#include "runtime.h"

struct BootInfo boot_info;

int main(void);

enum { kMaxTaken = 2 * kMaxMemoryRanges + 2 };

// What the heap must leave out.
static struct {
    struct MemoryRange ranges[kMaxTaken];
    size_t count;
} taken;

static size_t ram_size;

static void take(struct MemoryRange range) { taken.ranges[taken.count++] = range; }

// Gives the heap what is not taken of `range`, by looking at the taken ranges from the `first` on.
static void add_free(struct MemoryRange range, size_t first) {
    if (range.start >= range.end) return;
    for (size_t i = first; i < taken.count; ++i) {
        const struct MemoryRange hole = taken.ranges[i];
        if (hole.start >= range.end || range.start >= hole.end) continue;
        add_free((struct MemoryRange){range.start, hole.start}, i + 1);
        add_free((struct MemoryRange){hole.end, range.end}, i + 1);
        return;
    }
    if (runtime_heap_add(range.start, range.end)) ram_size += range.end - range.start;
}

static void set_up_heap(void) {
    take((struct MemoryRange){(uintptr_t)image_start, (uintptr_t)image_end});
    take(boot_info.initrd);
    for (size_t i = 0; i < boot_info.reserved_count; ++i) take(boot_info.reserved[i]);
    for (size_t i = 0; i < boot_info.memory_count; ++i) {
        add_free(boot_info.memory[i], 0);
        take(boot_info.memory[i]);  // should a later range overlap this one
    }
    runtime_heap_open();
}

static bool in_memory(struct MemoryRange range) {
    for (size_t i = 0; i < boot_info.memory_count; ++i)
        if (range.start >= boot_info.memory[i].start && range.end <= boot_info.memory[i].end)
            return true;
    return false;
}

size_t runtime_ram_size(void) { return ram_size; }

void runtime_start(void) {
    platform_init();
    const struct MemoryRange initrd = boot_info.initrd;
    if (initrd.start != initrd.end && (initrd.start > initrd.end || !in_memory(initrd)))
        panic("The initial RAM disk, %#zx to %#zx, is not in RAM", (size_t)initrd.start,
              (size_t)initrd.end);
    set_up_heap();
    for (size_t i = 0; __init_array_start + i < __init_array_end; ++i) __init_array_start[i]();
    interrupts_set(true);
    shutdown(main());
}
