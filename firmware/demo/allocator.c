#include "demo.h"
#include "runtime.h"

enum { kSlots = 512, kSteps = 20000, kMiB = 1 << 20, kMostLarge = 256 };

struct Slot {
    uint8_t* block;
    size_t size;
    uint8_t pattern;
};

static struct Slot slots[kSlots];
static uint32_t random_state = 2463534242u;

// Xorshift with 32 bits: G. Marsaglia, "Xorshift RNGs", 2003, section 3.
static uint32_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

// Mostly small, sometimes up to 32 KiB.
static size_t random_size(void) {
    unsigned bits = random_number() % 16;
    return random_number() % (1u << bits);
}

static void check(const struct Slot* slot, size_t size) {
    for (size_t i = 0; i < size; ++i)
        if (slot->block[i] != slot->pattern)
            panic("allocator: byte %zu of a block of %zu changed", i, slot->size);
}

static void fill(struct Slot* slot) {
    if (!slot->block) panic("allocator: no room for %zu bytes", slot->size);
    memset(slot->block, slot->pattern, slot->size);
}

static void take(struct Slot* slot) {
    size_t alignment = 16u << random_number() % 9;
    slot->size = random_size();
    slot->pattern = (uint8_t)random_number();
    slot->block = aligned_alloc(alignment, slot->size);
    if ((uintptr_t)slot->block % alignment) panic("allocator: a block is not aligned");
    fill(slot);
}

static void give_back(struct Slot* slot) {
    check(slot, slot->size);
    free(slot->block);
    slot->block = NULL;
}

static void change(struct Slot* slot) {
    size_t size = random_size();
    slot->block = realloc(slot->block, size);
    check(slot, size < slot->size ? size : slot->size);
    slot->size = size;
    fill(slot);
}

static uint32_t step(uint32_t checksum) {
    struct Slot* slot = &slots[random_number() % kSlots];
    if (!slot->block)
        take(slot);
    else if (random_number() % 4)
        give_back(slot);
    else
        change(slot);
    return checksum * 31 + (uint32_t)slot->size;
}

static void random_steps(void) {
    uint32_t checksum = 0;
    for (int i = 0; i < kSteps; ++i) {
        checksum = step(checksum);
        if (i % 2000 == 0) runtime_heap_check();
    }
    unsigned left = 0;
    for (size_t i = 0; i < kSlots; ++i) {
        if (!slots[i].block) continue;
        give_back(&slots[i]);
        ++left;
    }
    runtime_heap_check();
    printf("allocator steps = %d\nallocator checksum = %08x\nallocator blocks at the end = %u\n",
           kSteps, (unsigned)checksum, left);
}

static void check_large(const size_t* block, size_t index) {
    for (size_t i = 0; i < kMiB / sizeof *block; ++i)
        if (block[i] != (index << 20) + i) panic("allocator: a word of MiB %zu changed", index);
}

// Up to 256 blocks of 1 MiB, each word different, until a tenth of RAM is left.
static void large_blocks(void) {
    static size_t* blocks[kMostLarge];
    size_t count = 0;
    while (count < kMostLarge && runtime_heap_used() + kMiB < runtime_ram_size() / 10 * 9) {
        size_t* block = malloc(kMiB);
        if (!block) break;
        for (size_t i = 0; i < kMiB / sizeof *block; ++i) block[i] = (count << 20) + i;
        blocks[count++] = block;
    }
    for (size_t i = 0; i < count; ++i) check_large(blocks[i], i);
    // Every second one first, so that the others' freeing has to join three pieces.
    for (size_t i = 0; i < count; i += 2) free(blocks[i]);
    for (size_t i = 1; i < count; i += 2) free(blocks[i]);
    printf("# allocator: %zu MiB written and checked of %zu MiB\n", count,
           runtime_ram_size() / kMiB);
}

// What was freed is one piece again.
static void whole_again(void) {
    size_t half = runtime_ram_size() / 2;
    void* block = malloc(half);
    if (!block) panic("allocator: half of RAM is not to be had in one piece");
    free(block);
}

void allocator_torture(void) {
    size_t used_before = runtime_heap_used();
    random_steps();
    large_blocks();
    whole_again();
    runtime_heap_check();
    printf("allocator bytes lost = %zu\n", runtime_heap_used() - used_before);
}
