// Misaligned atomic operations trap as stores, a misaligned lr as a load, with nothing changed
// (unprivileged specification, Zaamo, Zalrsc). QEMU needs a second hart to be that exact.
#include "harness.h"

static uint8_t bytes[32] __attribute__((aligned(64)));

#define AMO(funct5, funct3) \
    ((uint32_t)(funct5) << 27 | 11u << 20 | 10u << 15 | (funct3) << 12 | 12u << 7 | 0x2f)

void test(void) {
    static const uint8_t kAmos[] = {0, 1, 4, 8, 12, 16, 20, 24, 28};
    for (unsigned size = 4; size <= sizeof(reg_t); size *= 2) {
        const unsigned funct3 = size == 4 ? 2 : 3;
        for (unsigned offset = 1; offset < size; ++offset) {
            for (unsigned i = 0; i < sizeof kAmos; ++i) {
                row = size * 1000 + offset * 100 + i;
                for (unsigned b = 0; b < 32; ++b) bytes[b] = 0xaa;
                struct context c = {
                    .x = {[kA0] = (reg_t)bytes + 8 + offset, [kA1] = 1, [kA2] = 77}};
                run_word(&c, kUser, AMO(kAmos[i], funct3));
                CHECK_TRAP(c, kStoreMisaligned, word_slot, (reg_t)bytes + 8 + offset);
                CHECK_EQ(c.x[kA2], 77);
                for (unsigned b = 0; b < 32; ++b) CHECK_EQ(bytes[b], 0xaa);
            }
            struct context c = {.x = {[kA0] = (reg_t)bytes + 8 + offset, [kA2] = 77}};
            run_word(&c, kUser, AMO(2, funct3) & ~(31u << 20));
            CHECK_TRAP(c, kLoadMisaligned, word_slot, (reg_t)bytes + 8 + offset);
            CHECK_EQ(c.x[kA2], 77);
        }
    }
}
