// Misaligned loads and stores work in RAM at every offset, across pages too (unprivileged
// specification, "Load and Store Instructions").
#include "paging.h"

#define LOAD(name, insn) FRAGMENT(name, insn " a0, 0(a0)")
#define STORE(name, insn) FRAGMENT(name, insn " a1, 0(a0)")
LOAD(lh, "lh");
LOAD(lhu, "lhu");
LOAD(lw, "lw");
STORE(sh, "sh");
STORE(sw, "sw");
#if XLEN == 64
LOAD(lwu, "lwu");
LOAD(ld, "ld");
STORE(sd, "sd");
#endif
FRAGMENT(flw, "flw f0, 0(a0)\n fmv.x.w a0, f0");
FRAGMENT(fsw, "fmv.w.x f0, a1\n fsw f0, 0(a0)");
FRAGMENT(fld_fsd, "fld f0, 0(a0)\n fsd f0, 0(a1)");

static const struct {
    const char* code;
    unsigned size;
    int is_signed;
} kLoads[] = {
    {lh, 2, 1},  {lhu, 2, 0}, {lw, 4, 1}, {flw, 4, 1},
#if XLEN == 64
    {lwu, 4, 0}, {ld, 8, 1},
#endif
};
static const struct {
    const char* code;
    unsigned size;
} kStores[] = {
    {sh, 2},
    {sw, 4},
    {fsw, 4},
#if XLEN == 64
    {sd, 8},
#endif
};

static uint8_t* const kBytes = (uint8_t*)data_pages[1] - 16;

static uint64_t little_endian(unsigned offset, unsigned size, int is_signed) {
    uint64_t v = 0;
    for (unsigned i = 0; i < size; ++i) v |= (uint64_t)kBytes[offset + i] << 8 * i;
    const unsigned unused = 64 - 8 * size;
    return is_signed ? (uint64_t)((int64_t)(v << unused) >> unused) : v;
}

static void each_offset(enum mode mode) {
    for (unsigned offset = 0; offset < 24; ++offset) {
        for (unsigned i = 0; i < sizeof kLoads / sizeof kLoads[0]; ++i) {
            row = offset * 10 + i;
            for (unsigned b = 0; b < 32; ++b) kBytes[b] = (uint8_t)(0x71 + 37 * b);
            const struct context c = run(mode, kLoads[i].code, (reg_t)kBytes + offset, 0, 0, 0);
            CHECK_EQ(c.cause, ecall_of(mode));
            CHECK_EQ(c.x[kA0], (reg_t)little_endian(offset, kLoads[i].size, kLoads[i].is_signed));
        }
        for (unsigned i = 0; i < sizeof kStores / sizeof kStores[0]; ++i) {
            row = offset * 10 + i;
            for (unsigned b = 0; b < 32; ++b) kBytes[b] = 0xaa;
            const reg_t value = (reg_t)0x0123456789abcdefu;
            const struct context c =
                run(mode, kStores[i].code, (reg_t)kBytes + offset, value, 0, 0);
            CHECK_EQ(c.cause, ecall_of(mode));
            for (unsigned b = 0; b < 32; ++b) {
                const int inside = b >= offset && b < offset + kStores[i].size;
                CHECK_EQ(kBytes[b], inside ? (uint8_t)(value >> 8 * (b - offset)) : 0xaa);
            }
        }
    }
    // Doubles in both widths.
    for (row = 0; row < 8; ++row) {
        for (unsigned b = 0; b < 32; ++b) kBytes[b] = (uint8_t)(11 * b);
        const struct context c =
            run(mode, fld_fsd, (reg_t)kBytes + row, (reg_t)kBytes + 16 + (row ^ 3), 0, 0);
        CHECK_EQ(c.cause, ecall_of(mode));
        for (unsigned b = 0; b < 8; ++b)
            CHECK_EQ(kBytes[16 + (row ^ 3) + b], (uint8_t)(11 * (row + b)));
    }
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    each_offset(kMachine);
    each_offset(kUser);
}
