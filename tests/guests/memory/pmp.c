// Physical memory protection: ranges of every form, rights, priority, modes that it binds, implicit
// accesses of the page walk, locks (privileged specification, "Physical Memory Protection").
// Entry 3 grants everything; the tests use entries 0 to 2, which come before it.
#include "paging.h"

enum {
    kPmpR = 1,
    kPmpW = 2,
    kPmpX = 4,
    kTor = 1 << 3,
    kNa4 = 2 << 3,
    kNapot = 3 << 3,
    kLock = 0x80
};
enum { kAll = kPmpR | kPmpW | kPmpX };

static void set_entries(unsigned cfg0, unsigned cfg1, unsigned cfg2, unsigned cfg3) {
    CSR_WRITE(pmpcfg0, cfg0 | cfg1 << 8 | cfg2 << 16 | cfg3 << 24);
    sfence_all();
}
static reg_t napot(reg_t base, reg_t size) { return base >> 2 | (size / 8 - 1); }

// The least address inside and outside of [low, high) behave as `denied` says.
static void check_range(reg_t low, reg_t high) {
    CHECK_ALLOWED(kSupervisor, kLoad, low - 4);
    CHECK_DENIED(kSupervisor, kLoad, low, kLoadAccess);
    CHECK_DENIED(kUser, kStore, low, kStoreAccess);
    CHECK_DENIED(kUser, kLoad, high - 4, kLoadAccess);
    CHECK_DENIED(kSupervisor, kStore, high - 4, kStoreAccess);
    CHECK_ALLOWED(kUser, kStore, high);
    CHECK_ALLOWED(kMachine, kStore, low);  // an entry that is not locked does not bind M
}

static void ranges(void) {
    const reg_t base = (reg_t)data_pages[4];
    CSR_WRITE(pmpaddr0, base >> 2);
    set_entries(kNa4, 0, 0, kNapot | kAll);
    check_range(base, base + 4);
    for (reg_t size = 8; size <= 16384; size *= 2) {
        row = (unsigned)size;
        CSR_WRITE(pmpaddr0, napot(base, size));
        set_entries(kNapot, 0, 0, kNapot | kAll);
        check_range(base, base + size);
    }
    for (row = 4; row <= 9000; row = row * 3 - 4 + (row == 4) * 4) {
        CSR_WRITE(pmpaddr0, (base + 8) >> 2);
        CSR_WRITE(pmpaddr1, (base + 8 + row) >> 2);
        set_entries(0, kTor, 0, kNapot | kAll);
        check_range(base + 8, base + 8 + row);
    }
    // Top of range at or below its bottom: nothing matches.
    row = 1;
    CSR_WRITE(pmpaddr1, (base + 8) >> 2);
    set_entries(0, kTor, 0, kNapot | kAll);
    CHECK_ALLOWED(kUser, kLoad, base + 8);
    // Entry 0 as top of range starts at address zero.
    CSR_WRITE(pmpaddr0, 0x10000000 >> 2);
    set_entries(kTor, 0, 0, kNapot | kAll);
    CHECK_DENIED(kSupervisor, kLoad, CLINT, kLoadAccess);
    CHECK_ALLOWED(kSupervisor, kLoad, RAM_BASE);
}

static void rights(void) {
    const reg_t base = (reg_t)data_pages[4];
    CSR_WRITE(pmpaddr0, napot(base, kPage));
    for (unsigned cfg = 0; cfg < 8; ++cfg) {
        if ((cfg & 3) == kPmpW) continue;  // reserved
        row = cfg;
        set_entries(kNapot | cfg, 0, 0, kNapot | kAll);
        for (unsigned mode = kUser; mode <= kSupervisor; ++mode) {
            for (enum access access = kFetch; access <= kStore; ++access) {
                const unsigned need = access == kFetch ? kPmpX : access == kLoad ? kPmpR : kPmpW;
                data_pages[4][0] = ECALL_WORD;
                fence_i();
                if (cfg & need)
                    CHECK_ALLOWED(mode, access, base);
                else
                    CHECK_DENIED(mode, access, base, access_fault(access));
            }
        }
    }
}

static void priority(void) {
    const reg_t base = (reg_t)data_pages[4];
    row = 0;
    CSR_WRITE(pmpaddr0, napot(base + 64, 64));
    CSR_WRITE(pmpaddr1, napot(base, kPage));
    set_entries(kNapot | kPmpR, kNapot, 0, kNapot | kAll);
    CHECK_DENIED(kUser, kLoad, base + 60, kLoadAccess);
    CHECK_ALLOWED(kUser, kLoad, base + 64);
    CHECK_DENIED(kUser, kStore, base + 64, kStoreAccess);
    CHECK_DENIED(kUser, kLoad, base + 128, kLoadAccess);
    // Nothing matches: below M that is a refusal, of the first fetch already.
    set_entries(kNapot, kNapot, 0, 0);
    struct context c = run(kSupervisor, probe_pc(kSupervisor, kLoad, 0), base, 0, 0, 0);
    CHECK_TRAP(c, kFetchAccess, probe_pc(kSupervisor, kLoad, 0),
               (reg_t)probe_pc(kSupervisor, kLoad, 0));
    CHECK_ALLOWED(kMachine, kLoad, base);
    set_entries(0, 0, 0, kNapot | kAll);
}

#if XLEN == 64
FRAGMENT(load_double, "ld a0, 0(a0)");

// An entry that covers only part of an access refuses it, whatever it grants.
static void partial(void) {
    const reg_t base = (reg_t)data_pages[4];
    CSR_WRITE(pmpaddr0, (base + 4) >> 2);
    set_entries(kNa4 | kAll, 0, 0, kNapot | kAll);
    struct context c = run(kUser, load_double, base, 0, 0, 0);
    CHECK_TRAP(c, kLoadAccess, load_double, base);
    CHECK_ALLOWED(kUser, kLoad, base);
    CHECK_ALLOWED(kUser, kLoad, base + 4);
    c = run(kUser, load_double, base + 8, 0, 0, 0);
    CHECK_DONE(c, load_double);
}
#else
static void partial(void) {}
#endif

FRAGMENT(load_as_user, "csrs mstatus, a1\n lw t0, 0(a0)\n csrc mstatus, a1");

static void modify_privilege(void) {
    const reg_t base = (reg_t)data_pages[4];
    CSR_WRITE(pmpaddr0, napot(base, kPage));
    set_entries(kNapot, 0, 0, kNapot | kAll);
    struct context c = run(kMachine, load_as_user, base, MSTATUS_MPRV, 0, 0);
    CHECK_TRAP(c, kLoadAccess, load_as_user + 4, base);
    c = run(kMachine, load_as_user, base + kPage, MSTATUS_MPRV, 0, 0);
    CHECK_DONE(c, load_as_user);
}

// A table that S may not read: an access fault of the access's kind.
static void page_walk(void) {
    set_entries(0, 0, 0, kNapot | kAll);
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    map(&space, TEST_VA, (reg_t)data_pages[0], kRwx, 0);
    data_pages[0][0] = ECALL_WORD;
    CHECK_ALLOWED(kSupervisor, kLoad, TEST_VA);
    const reg_t table = (reg_t)pte_of(&space, TEST_VA, 0) & ~(reg_t)(kPage - 1);
    CSR_WRITE(pmpaddr0, napot(table, kPage));
    set_entries(kNapot, 0, 0, kNapot | kAll);
    for (enum access access = kFetch; access <= kStore; ++access)
        CHECK_DENIED(kSupervisor, access, TEST_VA, access_fault(access));
    // And a page that PMP refuses although the table grants it.
    CSR_WRITE(pmpaddr0, napot((reg_t)data_pages[0], kPage));
    set_entries(kNapot, 0, 0, kNapot | kAll);
    for (enum access access = kFetch; access <= kStore; ++access)
        CHECK_DENIED(kSupervisor, access, TEST_VA, access_fault(access));
    set_entries(0, 0, 0, kNapot | kAll);
    CHECK_ALLOWED(kSupervisor, kLoad, TEST_VA);
    space_leave();
}

static void locks(void) {
    const reg_t base = (reg_t)data_pages[4];
    data_pages[4][0] = 5;
    CSR_WRITE(pmpaddr0, base >> 2);
    CSR_WRITE(pmpaddr1, (base + 64) >> 2);
    set_entries(0, kTor | kPmpR | kLock, 0, kNapot | kAll);
    CHECK_ALLOWED(kMachine, kLoad, base);
    CHECK_DENIED(kMachine, kStore, base, kStoreAccess);
    CHECK_EQ(data_pages[4][0], 5);
    CHECK_ALLOWED(kMachine, kStore, base + 64);
    // Neither the entry nor its two addresses change any more.
    CSR_WRITE(pmpaddr0, 0);
    CSR_WRITE(pmpaddr1, 0);
    CHECK_EQ(CSR_READ(pmpaddr0), base >> 2);
    CHECK_EQ(CSR_READ(pmpaddr1), (base + 64) >> 2);
    set_entries(0, 0, 0, kNapot | kAll);
    CHECK_EQ(CSR_READ(pmpcfg0) >> 8 & 0xff, kTor | kPmpR | kLock);
    CHECK_DENIED(kMachine, kStore, base, kStoreAccess);
}

void test(void) {
    CSR_WRITE(pmpaddr3, -1);
    set_entries(0, 0, 0, kNapot | kAll);
    ranges();
    rights();
    priority();
    partial();
    modify_privilege();
    page_walk();
    locks();
}
