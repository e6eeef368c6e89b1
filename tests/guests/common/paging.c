#include "paging.h"

enum { kTables = 64, kImageSuperpages = 4 };
static reg_t tables[kTables][kTableEntries] __attribute__((aligned(4096)));
static unsigned tables_used;

uint32_t data_pages[kDataPages][kPage / 4] __attribute__((aligned(65536)));

FRAGMENT(probe_load, "lw a0, 0(a0)");
FRAGMENT(probe_store, "sw a1, 0(a0)");
FRAGMENT(probe_fetch, "jr a0");

static reg_t* new_table(void) {
    if (tables_used == kTables) {
        print("FAIL out of page tables\n");
        finish(255);
    }
    reg_t* table = tables[tables_used++];
    for (unsigned i = 0; i < kTableEntries; ++i) table[i] = 0;
    return table;
}

reg_t* pte_of(struct space* space, reg_t address, int level) {
    reg_t* table = space->root;
    for (int l = space->levels - 1;; --l) {
        reg_t* entry = &table[(address >> (12 + kIndexBits * l)) % kTableEntries];
        if (l == level) return entry;
        if (*entry == 0) *entry = pte((reg_t)new_table(), kV);
        table = (reg_t*)(*entry >> kPteShift << 12);
    }
}

void map(struct space* space, reg_t address, reg_t physical, reg_t flags, int level) {
    *pte_of(space, address, level) = pte(physical, flags);
    sfence(address);
}

void space_init(struct space* space, int levels) {
    tables_used = 0;
    space->levels = levels;
    space->root = new_table();
    const reg_t superpage = (reg_t)kPage << kIndexBits;
    for (reg_t i = 0; i < kImageSuperpages; ++i)
        map(space, RAM_BASE + i * superpage, RAM_BASE + i * superpage, kRwx, 1);
    for (const char* p = fragments_begin; p < fragments_end; p += kPage)
        map(space, USER_TEXT + (reg_t)(p - fragments_begin), (reg_t)p, kRx | kU, 0);
}

reg_t satp_of(const struct space* space) {
    const reg_t ppn = (reg_t)space->root >> 12;
#if XLEN == 32
    return (reg_t)1 << 31 | ppn;
#else
    return (reg_t)(space->levels + 5) << 60 | ppn;
#endif
}

void space_use(const struct space* space) {
    CSR_WRITE(satp, satp_of(space));
    sfence_all();
}

void space_leave(void) {
    CSR_WRITE(satp, 0);
    sfence_all();
}

const char* text_in(enum mode mode, const char* fragment) {
    if (mode != kUser || CSR_READ(satp) == 0) return fragment;
    return (const char*)(USER_TEXT + (reg_t)(fragment - fragments_begin));
}

static const char* probe_of(enum access access) {
    return access == kLoad ? probe_load : access == kStore ? probe_store : probe_fetch;
}

struct context probe(enum mode mode, enum access access, reg_t address) {
    return run(mode, text_in(mode, probe_of(access)), address, 0x600d, 0, 0);
}

const char* probe_pc(enum mode mode, enum access access, reg_t address) {
    return access == kFetch ? (const char*)address : text_in(mode, probe_of(access));
}

void check_allowed(unsigned check, const char* file, unsigned line, enum mode mode,
                   enum access access, reg_t address) {
    const struct context c = probe(mode, access, address);
    const char* pc = probe_pc(mode, access, address) + (access == kFetch ? 0 : 4);
    check_trap(check, file, line, &c, ecall_of(mode), pc, 0);
}

void check_denied(unsigned check, const char* file, unsigned line, enum mode mode,
                  enum access access, reg_t address, reg_t cause) {
    const struct context c = probe(mode, access, address);
    check_trap(check, file, line, &c, cause, probe_pc(mode, access, address), address);
}

int hardware_sets_ad(struct space* space) {
    map(space, TEST_VA, (reg_t)data_pages[0], kV | kR, 0);
    const struct context c = probe(kSupervisor, kLoad, TEST_VA);
    return c.cause == kEcallS;
}
