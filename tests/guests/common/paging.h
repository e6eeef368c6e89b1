// Page tables for the guest programs: any number of levels that the register width has.
#pragma once

#include "harness.h"

enum {
    kV = 1 << 0,
    kR = 1 << 1,
    kW = 1 << 2,
    kX = 1 << 3,
    kU = 1 << 4,
    kG = 1 << 5,
    kA = 1 << 6,
    kD = 1 << 7,
    kRw = kV | kR | kW | kA | kD,
    kRx = kV | kR | kX | kA,
    kRwx = kRw | kX,
};
enum { kPage = 4096, kPteShift = 10, kTableEntries = kPage / sizeof(reg_t) };

// Levels of the paging modes: Sv32, or Sv39, Sv48 and Sv57.
#if XLEN == 32
enum { kMinLevels = 2, kMaxLevels = 2, kIndexBits = 10 };
#else
enum { kMinLevels = 3, kMaxLevels = 5, kIndexBits = 9 };
#define PTE_N ((reg_t)1 << 63)
#endif

// Where user-mode code sees the fragments, and a region that is free for tests (4 KiB pages, below
// one table of the last level but one).
#define USER_TEXT ((reg_t)0x40000000)
#define TEST_VA ((reg_t)0x50000000)

struct space {
    int levels;
    reg_t* root;
};

// Forgets all tables and makes a space with the program's image mapped one to one for S-mode (read,
// write and execute) and the fragments at USER_TEXT for U-mode.
void space_init(struct space* space, int levels);
// The entry for `address` at `level` (0: the last), tables above it made as needed.
reg_t* pte_of(struct space* space, reg_t address, int level);
// Maps 4 KiB (level 0) or a superpage and drops what the hart remembers of the address.
void map(struct space* space, reg_t address, reg_t physical, reg_t flags, int level);
// Turns translation on / off for S and U.
void space_use(const struct space* space);
void space_leave(void);
reg_t satp_of(const struct space* space);
static inline reg_t pte(reg_t physical, reg_t flags) { return physical >> 12 << kPteShift | flags; }
static inline void sfence(reg_t address) {
    asm volatile("sfence.vma %0" ::"r"(address) : "memory");
}
static inline void sfence_all(void) { asm volatile("sfence.vma" ::: "memory"); }

// A fragment's address as the code in `mode` sees it.
const char* text_in(enum mode mode, const char* fragment);

// One access to `address`: done (ecall) or trapped.
enum access { kFetch, kLoad, kStore };
struct context probe(enum mode mode, enum access access, reg_t address);
// The last instruction of a fragment that probe() ran, as the mode sees it: where its trap is.
const char* probe_pc(enum mode mode, enum access access, reg_t address);
static inline reg_t page_fault(enum access a) {
    return a == kFetch ? kFetchPage : a == kLoad ? kLoadPage : kStorePage;
}
static inline reg_t access_fault(enum access a) {
    return a == kFetch ? kFetchAccess : a == kLoad ? kLoadAccess : kStoreAccess;
}
// The access succeeds. A fetched page must begin with an ecall.
void check_allowed(unsigned check, const char* file, unsigned line, enum mode mode,
                   enum access access, reg_t address);
// It traps with `cause`, on the access, with xtval = address.
void check_denied(unsigned check, const char* file, unsigned line, enum mode mode,
                  enum access access, reg_t address, reg_t cause);
#define CHECK_ALLOWED(mode, access, address) check_allowed(HERE, mode, access, address)
#define CHECK_DENIED(mode, access, address, cause) check_denied(HERE, mode, access, address, cause)

#define ECALL_WORD 0x00000073u
// Data pages for tests, zero at the start, physically one after the other.
enum { kDataPages = 16 };
extern uint32_t data_pages[kDataPages][kPage / 4];

// True where the hart sets A and D itself; false where it raises a page fault instead (Svade).
int hardware_sets_ad(struct space* space);
