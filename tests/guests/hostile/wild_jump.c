// Jumps to devices, to nothing, to data, to odd and huge addresses, from every mode, bare and
// paged.
#include "hostile.h"
#include "paging.h"

FRAGMENT(jump, "jalr ra, 0(a0)");

static void jump_everywhere(void) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    static const reg_t kTargets[] = {
        0,
        2,
        0xfffe,
        CLINT,
        PLIC,
        UART,
        VIRTIO,
        UNMAPPED,
        0x20000000,
        RAM_BASE - 2,
        RAM_BASE - 4,
        RAM_BASE + 0x7fffffe,
        RAM_BASE + 0x8000000,
        (reg_t)-2,
        (reg_t)-4,
        (reg_t)3 << (XLEN - 2),  // not 1 << (XLEN - 1), which for RV32 is this program's start
        ((reg_t)1 << (XLEN - 1)) - 2,
        TEST_VA,
        TEST_VA + kPage - 2,
        (reg_t)data_pages,
    };
    for (unsigned m = 0; m < 3; ++m) {
        for (unsigned t = 0; t < sizeof kTargets / sizeof kTargets[0]; ++t) {
            struct context c = {.pc = (reg_t)text_in(kModes[m], jump), .mode = kModes[m]};
            c.x[kA0] = kTargets[t];
            run_shortly(&c);
            c = (struct context){.pc = kTargets[t] | 1, .mode = kModes[m]};
            run_shortly(&c);
        }
    }
}

// Random bytes as code, where they can reach nothing but their own page.
static void random_code(void) {
    for (row = 0; row < 3000; ++row) {
        for (unsigned i = 0; i < 64; ++i) data_pages[0][i] = (uint32_t)next_random();
        fence_i();
        struct context c = {.pc = TEST_VA + 2 * (next_random() % 64), .mode = kUser};
        for (unsigned i = 1; i < 32; ++i) c.x[i] = (reg_t)(TEST_VA + next_random() % 0x2000);
        run_shortly(&c);
    }
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    jump_everywhere();
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        map(&space, TEST_VA, (reg_t)data_pages[0], kRwx | kU, 0);
        space_use(&space);
        jump_everywhere();
        random_code();
        space_leave();
    }
}
