// mip.SEIP is read as software's bit or the PLIC's line, but only software's bit takes part when
// bits are set or cleared: a line that was high at the time is not kept (privileged specification,
// mip).
#include "harness.h"

enum { kUartIrq = 10, kContextS = 1, kIerThre = 2, kSeip = 1 << kSei, kSsip = 1 << kSsi };
#define PRIORITY(irq) (PLIC + 4 * (irq))
#define ENABLE(context) (PLIC + 0x2000 + 0x80 * (context))
#define CLAIM(context) (PLIC + 0x200004 + 0x1000 * (context))

static void raise_line(void) {
    write8(UART + 1, kIerThre);
    CHECK_EQ(CSR_READ(mip) & kSeip, kSeip);
}
// Claims and completes the interrupt and lets the UART's line fall.
static void lower_line(void) {
    CHECK_EQ(read32(CLAIM(kContextS)), kUartIrq);
    write8(UART + 1, 0);
    read8(UART + 2);
    write32(CLAIM(kContextS), kUartIrq);
}

#define SWAP(form, value)                                                                \
    ({                                                                                   \
        reg_t old_;                                                                      \
        asm volatile(form " %0, mip, %1" : "=r"(old_) : "r"((reg_t)(value)) : "memory"); \
        old_;                                                                            \
    })

// What each form reads while the line is high, and what is left once the line is low.
static void check_forms(unsigned software) {
    static const struct {
        int form;
        unsigned mask, left;  // left: 1, 0, or 2 for software's bit as it was
    } kRows[] = {
        {0, kSsip, 2}, {1, kSsip, 2}, {0, kSeip, 1}, {1, kSeip, 0}, {2, kSsip, 0}, {2, kSeip, 1},
    };
    for (unsigned i = 0; i < sizeof kRows / sizeof kRows[0]; ++i) {
        row = i * 10 + software;
        CSR_WRITE(mip, software ? kSeip : 0);
        raise_line();
        const unsigned mask = kRows[i].mask;
        const reg_t old = kRows[i].form == 0   ? SWAP("csrrs", mask)
                          : kRows[i].form == 1 ? SWAP("csrrc", mask)
                                               : SWAP("csrrw", mask);
        CHECK_EQ(old & (kSeip | kSsip), kSeip);
        CHECK_EQ(CSR_READ(mip) & kSeip, kSeip);
        lower_line();
        const unsigned left = kRows[i].left == 2 ? software : kRows[i].left;
        CHECK_EQ((CSR_READ(mip) & kSeip) != 0, left);
        CHECK_EQ((CSR_READ(mip) & kSsip) != 0, kRows[i].form != 1 && mask == kSsip);
    }
    // The immediate forms.
    CSR_WRITE(mip, software ? kSeip : 0);
    raise_line();
    asm volatile("csrsi mip, 2\n csrci mip, 2" ::: "memory");
    lower_line();
    CHECK_EQ((CSR_READ(mip) & kSeip) != 0, software);
}

void test(void) {
    write32(PRIORITY(kUartIrq), 3);
    write32(ENABLE(kContextS), 1u << kUartIrq);
    check_forms(0);
    check_forms(1);
    CSR_WRITE(mip, 0);
}
