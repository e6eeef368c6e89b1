#include "csr.h"
#include "platform.h"
#include "trap.h"

enum { kPageShift = 12, kPageSize = 1 << kPageShift };

// Linker script: the pages below the stacks.
extern const char trap_stack_guard[], stack_guard[];

bool stack_guard_holds(uintptr_t address) {
    return address - (uintptr_t)trap_stack_guard < kPageSize ||
           address - (uintptr_t)stack_guard < kPageSize;
}

#if BAREFLOW_MODE == MACHINE_MODE

// Physical memory protection binds M-mode, too, where an entry is locked (Privileged Architecture,
// "Physical Memory Protection"). An address register holds address / 4, and as many ones at its end
// as the region's size asks for.
enum { kLockedPowerOfTwo = 0x98 };

static uint64_t pmp_page(const char* page) { return (uintptr_t)page >> 2 | (kPageSize / 8 - 1); }

// On a hart without memory protection the first write traps, to the label.
void stack_guard_enable(void) {
    uint64_t handler;
    __asm__ volatile(
        "   la %0, 1f\n"
        "   csrrw %0, mtvec, %0\n"
        "   csrw pmpaddr0, %1\n"
        "   csrw pmpaddr1, %2\n"
        "   csrw pmpcfg0, %3\n"
        "   .balign 4\n"
        "1: csrw mtvec, %0\n"
        : "=&r"(handler)
        : "r"(pmp_page(stack_guard)), "r"(pmp_page(trap_stack_guard)),
          "r"(kLockedPowerOfTwo << 8 | kLockedPowerOfTwo)
        : "memory");
}

#else

// Sv39 with an identity map of the lower 256 GiB, in pages of 1 GiB where nothing smaller is asked
// for. A hart without Sv39 ignores the write to satp, and has no guards.
enum {
    kEntries = 512,
    kIndexBits = 9,
    kRootShift = kPageShift + 2 * kIndexBits,
    kPointer = 0x01,   // an entry that leads to a table: V alone
    kLeaf = 0xcf,      // V, R, W, X, A, D
    kLeafBits = 0x0e,  // R, W, X
    kTables = 1 + 2 * 2,
};

static uint64_t tables[kTables][kEntries] __attribute__((aligned(4096)));
static int table_count;

static uint64_t entry_for(uintptr_t address, uint64_t flags) {
    return (uint64_t)address >> kPageShift << 10 | flags;
}

// A table of `count` pages of 1 << shift bytes from `address` on.
static uint64_t* new_table(uintptr_t address, unsigned shift, int count) {
    uint64_t* const table = tables[table_count++];
    for (int i = 0; i < count; ++i) table[i] = entry_for(address + ((uintptr_t)i << shift), kLeaf);
    return table;
}

static void unmap_page(uint64_t* table, const char* page) {
    const uintptr_t address = (uintptr_t)page;
    for (unsigned shift = kRootShift; shift > kPageShift; shift -= kIndexBits) {
        uint64_t* const entry = &table[address >> shift & (kEntries - 1)];
        if ((*entry & kLeafBits) != 0) {
            const uintptr_t start = address >> shift << shift;
            *entry = entry_for((uintptr_t)new_table(start, shift - kIndexBits, kEntries), kPointer);
        }
        table = (uint64_t*)(*entry >> 10 << kPageShift);
    }
    table[address >> kPageShift & (kEntries - 1)] = 0;
}

void stack_guard_enable(void) {
    const uint64_t sv39 = (uint64_t)8 << 60;
    uint64_t* const root = new_table(0, kRootShift, kEntries / 2);
    unmap_page(root, stack_guard);
    unmap_page(root, trap_stack_guard);
    CSR_WRITE(CSR_SATP, sv39 | (uintptr_t)root >> kPageShift);
    __asm__ volatile("sfence.vma" : : : "memory");
}

#endif
