// Every register of every device, written and read with random values in every size, aligned or
// not.
#include "hostile.h"
#include "jitctl.h"

static const struct {
    reg_t base, size;
} kDevices[] = {
    {UART + 1, 0x100},
    {PLIC, 0x400},
    {PLIC + 0x1000, 0x100},
    {PLIC + 0x2000, 0x2000},
    {PLIC + 0x200000, 0x9000},
    {CLINT, 0x40},
    {CLINT + 0xbff0, 0x20},
    {0x101000, 0x40},
    {VIRTIO, 0x200},
    {VIRTIO + 0x1000, 0x200},
    {VIRTIO + 0x6000, 0x200},
    {VIRTIO + 0x7000, 0x200},
    {JITCTL, 0xa8},
};

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    for (row = 0; row < 60000; ++row) {
        const uint64_t r = next_random();
        const unsigned d = r % (sizeof kDevices / sizeof kDevices[0]);
        random_access(kDevices[d].base + (reg_t)(r >> 8) % kDevices[d].size);
    }
}
