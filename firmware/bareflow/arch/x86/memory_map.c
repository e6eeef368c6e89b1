#include "memory_map.h"

#include "platform.h"

enum { kPage = 4096, kOneMegabyte = 0x100000 };

static bool clip(uint64_t start, uint64_t size, struct MemoryRange* range) {
    const uint64_t highest = UINTPTR_MAX - (kPage - 1);
    if (start < kOneMegabyte) {
        if (size <= kOneMegabyte - start) return false;
        size -= kOneMegabyte - start;
        start = kOneMegabyte;
    }
    if (start >= highest) return false;
    const uint64_t end = size > highest - start ? highest : start + size;
    *range = (struct MemoryRange){(uintptr_t)start, (uintptr_t)end};
    return start < end;
}

static bool meet(const struct MemoryRange* a, const struct MemoryRange* b) {
    return a->start <= b->end && b->start <= a->end;
}

static bool overlap(const struct MemoryRange* a, const struct MemoryRange* b) {
    return a->start < b->end && b->start < a->end;
}

void memory_map_add_ram(uint64_t start, uint64_t size) {
    struct MemoryRange range;
    if (!clip(start, size, &range)) return;
    for (size_t i = 0; i < boot_info.memory_count;) {
        const struct MemoryRange* other = &boot_info.memory[i];
        if (!meet(&range, other)) {
            i++;
            continue;
        }
        if (other->start < range.start) range.start = other->start;
        if (other->end > range.end) range.end = other->end;
        boot_info.memory[i] = boot_info.memory[--boot_info.memory_count];
        i = 0;
    }
    if (boot_info.memory_count < kMaxMemoryRanges)
        boot_info.memory[boot_info.memory_count++] = range;
}

void memory_map_add_reserved(uint64_t start, uint64_t size) {
    struct MemoryRange range;
    if (!clip(start, size, &range) || boot_info.reserved_count == kMaxMemoryRanges) return;
    for (size_t i = 0; i < boot_info.memory_count; i++) {
        if (!overlap(&range, &boot_info.memory[i])) continue;
        boot_info.reserved[boot_info.reserved_count++] = range;
        return;
    }
}

// What lies in the way of the range, or null.
static const struct MemoryRange* obstacle(const struct MemoryRange* range) {
    static struct MemoryRange image;
    image = (struct MemoryRange){(uintptr_t)image_start, (uintptr_t)image_end};
    if (overlap(range, &image)) return &image;
    if (overlap(range, &boot_info.initrd)) return &boot_info.initrd;
    for (size_t i = 0; i < boot_info.reserved_count; i++) {
        if (overlap(range, &boot_info.reserved[i])) return &boot_info.reserved[i];
    }
    return NULL;
}

static uintptr_t take_from(struct MemoryRange ram, uintptr_t size) {
    const uint64_t limit = UINT64_C(1) << 32;
    uintptr_t end = ram.end > limit ? (uintptr_t)limit : ram.end;
    end &= ~(uintptr_t)(kPage - 1);
    while (end > ram.start && end - ram.start >= size) {
        const struct MemoryRange range = {end - size, end};
        const struct MemoryRange* other = obstacle(&range);
        if (!other) return range.start;
        end = other->start & ~(uintptr_t)(kPage - 1);
    }
    return 0;
}

uintptr_t memory_map_take_pages(uintptr_t count) {
    for (size_t i = 0; i < boot_info.memory_count; i++) {
        const uintptr_t start = take_from(boot_info.memory[i], count * kPage);
        if (start == 0) continue;
        if (boot_info.reserved_count == kMaxMemoryRanges) return 0;
        boot_info.reserved[boot_info.reserved_count++] =
            (struct MemoryRange){start, start + count * kPage};
        return start;
    }
    return 0;
}
