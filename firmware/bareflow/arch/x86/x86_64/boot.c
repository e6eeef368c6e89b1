#include "memory_map.h"
#include "multiboot2.h"
#include "platform.h"
#include "runtime.h"
#include "traps.h"

// Entries of the page tables: Intel SDM volume 3, section 4.5.
enum { kPresent = 3, kLarge = 0x80, kEntries = 512, kMappedByStart = 4 };
static const uint64_t kGigabyte = UINT64_C(1) << 30;
static const uint64_t kTwoMegabytes = UINT64_C(1) << 21;

extern uint64_t page_directory_pointers[kEntries];

static bool has_gigabyte_pages(void) {
    uint32_t eax, ebx, ecx, edx;
    cpu_cpuid(0x80000001, &eax, &ebx, &ecx, &edx);
    return edx & (1u << 26);
}

// The number of gigabytes up to the end of RAM, so far as one table of them reaches.
static uint64_t gigabytes_of_ram(void) {
    uint64_t count = kMappedByStart;
    for (size_t i = 0; i < boot_info.memory_count; i++) {
        struct MemoryRange* range = &boot_info.memory[i];
        if (range->end > kEntries * kGigabyte) range->end = kEntries * kGigabyte;
        if (range->start > range->end) range->start = range->end;
        const uint64_t needed = (range->end + kGigabyte - 1) / kGigabyte;
        if (needed > count) count = needed;
    }
    return count;
}

static void map_large(uint64_t first, uint64_t count) {
    for (uint64_t i = first; i < count; i++) {
        page_directory_pointers[i] = i * kGigabyte | kLarge | kPresent;
    }
}

static void map_by_directories(uint64_t first, uint64_t count) {
    uint64_t* table = (uint64_t*)memory_map_take_pages(count - first);
    if (!table) panic("No memory for page tables");
    for (uint64_t i = first; i < count; i++, table += kEntries) {
        for (uint64_t j = 0; j < kEntries; j++) {
            table[j] = (i * kGigabyte + j * kTwoMegabytes) | kLarge | kPresent;
        }
        page_directory_pointers[i] = (uintptr_t)table | kPresent;
    }
}

// start.S has mapped the first 4 GiB; the rest of RAM follows. What was not present is not cached,
// so that nothing needs to be flushed.
static void map_rest_of_ram(void) {
    const uint64_t count = gigabytes_of_ram();
    if (count == kMappedByStart) return;
    (has_gigabyte_pages() ? map_large : map_by_directories)(kMappedByStart, count);
}

_Noreturn void x86_start(uint32_t information);

_Noreturn void x86_start(uint32_t information) {
    descriptors_init();
    if (!multiboot2_read((const uint8_t*)(uintptr_t)information)) {
        panic("The loader gave no memory map");
    }
    map_rest_of_ram();
    runtime_start();
}
