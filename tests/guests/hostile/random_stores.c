// Accesses of every size and kind to random addresses of the whole physical space, and to the ends
// of every region.
#include "hostile.h"

static reg_t random_address(void) {
    static const reg_t kBases[] = {
        0,
        0x1000,
        0x101000,
        CLINT,
        CLINT + 0x10000,
        PLIC,
        PLIC + 0x600000,
        UART,
        VIRTIO,
        VIRTIO + 0x8000,
        0x10100000,
        0x20000000,
        0x30000000,
        UNMAPPED,
        RAM_BASE,
        (reg_t)-0x1000,
    };
    const uint64_t r = next_random();
    if (r % 4 == 0) return (reg_t)(next_random() << 17 ^ next_random());
    if (r % 4 == 1) return (reg_t)(uint32_t)next_random() & 0x7fffffff;
    return kBases[(r >> 2) % 16] + (reg_t)(r >> 8) % 0x3000 - 0x800;
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    for (row = 0; row < 100000; ++row) {
        const reg_t address = random_address();
        if (address - (RAM_BASE - 64) < 0x200000) continue;  // this program
        random_access(address);
    }
}
