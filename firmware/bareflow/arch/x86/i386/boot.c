#include "boot/handover.h"
#include "memory_map.h"
#include "platform.h"
#include "runtime.h"
#include "traps.h"

// Identity mapping by pages of 4 MiB, the first of them by pages of 4 KiB, without page 0 and the
// one below the stack. Entries of the page tables: Intel SDM volume 3, section 4.3.
enum { kPresent = 3, kLarge = 0x80, kEntries = 1024, kPageShift = 12, kLargeShift = 22 };

static uint32_t page_directory[kEntries] __attribute__((aligned(4096)));
static uint32_t first_page_table[kEntries] __attribute__((aligned(4096)));

static void map_memory(void) {
    for (uint32_t i = 0; i < kEntries; i++) {
        page_directory[i] = i << kLargeShift | kLarge | kPresent;
        first_page_table[i] = i << kPageShift | kPresent;
    }
    first_page_table[0] = 0;
    first_page_table[(uintptr_t)image_start >> kPageShift] = 0;
    page_directory[0] = (uintptr_t)first_page_table | kPresent;
    __asm__ volatile(
        "mov %%cr4, %%eax; or $0x10, %%eax; mov %%eax, %%cr4\n"  // pages of 4 MiB
        "mov %0, %%cr3\n"
        "mov %%cr0, %%eax; or $0x80000000, %%eax; mov %%eax, %%cr0"
        :
        : "r"(page_directory)
        : "eax", "memory");
}

static void read_handover(const struct Handover* handover) {
    memcpy(boot_info.command_line, handover->command_line, kCommandLineSize - 1);
    boot_info.initrd = (struct MemoryRange){handover->initrd_start, handover->initrd_end};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < handover->range_count && i < kHandoverRanges; i++) {
            const struct FirmwareRange* range = &handover->ranges[i];
            const bool ram = range->type == 1;
            if (ram && pass == 0) memory_map_add_ram(range->start, range->size);
            if (!ram && pass == 1) memory_map_add_reserved(range->start, range->size);
        }
    }
}

_Noreturn void x86_start(const struct Handover* handover);

_Noreturn void x86_start(const struct Handover* handover) {
    map_memory();
    descriptors_init();
    read_handover(handover);
    runtime_start();
}
