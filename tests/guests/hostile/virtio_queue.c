// Virtqueues that lie: rings outside RAM or wrapping around, descriptors that point nowhere, loop
// or are huge, indices that jump, sizes that no queue has, resets in between (virtio 1.2, "Virtio
// Over MMIO", "Split Virtqueues").
#include "hostile.h"

enum {
    kMagic = 0x000,
    kDeviceId = 0x008,
    kDriverFeatures = 0x020,
    kDriverFeaturesSel = 0x024,
    kQueueSel = 0x030,
    kQueueNum = 0x038,
    kQueueReady = 0x044,
    kQueueNotify = 0x050,
    kInterruptAck = 0x064,
    kStatus = 0x070,
    kDescLow = 0x080,
    kDriverLow = 0x090,
    kDeviceLow = 0x0a0,
};
enum { kSlots = 8, kSize = 16, kNext = 1, kWrite = 2, kIndirect = 4 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};
static struct {
    struct descriptor descriptors[kSize];
    uint16_t available[3 + kSize + 1];
    uint32_t used[2 + 2 * kSize];
} ring __attribute__((aligned(4096)));
static uint8_t buffer[4096];

static uint64_t wild_address(void) {
    static const uint64_t kWild[] = {
        0,
        UART,
        VIRTIO,
        PLIC,
        UNMAPPED,
        RAM_BASE - 8,
        (uint64_t)-1,
        (uint64_t)-16,
        (uint64_t)1 << 63,
        RAM_BASE + 0x7fffff8,
        RAM_BASE + 0x8000000,
    };
    const uint64_t r = next_random();
    if (r % 4 == 0) return (uint64_t)(reg_t)buffer + r % 4096;
    if (r % 4 == 1) return r << 20 ^ r;
    return kWild[(r >> 8) % 11];
}

static void set_address(reg_t slot, unsigned reg, uint64_t address) {
    write32(slot + reg, (uint32_t)address);
    write32(slot + reg + 4, (uint32_t)(address >> 32));
}

static void fill_ring(void) {
    for (unsigned i = 0; i < kSize; ++i) {
        const uint64_t r = next_random();
        ring.descriptors[i].address = wild_address();
        ring.descriptors[i].length = r & 1 ? 0xffffffff : r & 2 ? 0 : (uint32_t)(r >> 8) % 8192;
        ring.descriptors[i].flags = (uint16_t)(r >> 40) % 8;
        ring.descriptors[i].next = r & 4   ? (uint16_t)i
                                   : r & 8 ? (uint16_t)(r >> 24)
                                           : (uint16_t)((i + 1) % kSize);
        ring.available[2 + i] = r & 16 ? (uint16_t)(r >> 32) : (uint16_t)i;
    }
    ring.available[1] = (uint16_t)next_random();
}

// A request that would be right, but for a chain of descriptors without an end.
static void fill_loop(void) {
    for (unsigned i = 0; i < kSize; ++i) {
        ring.descriptors[i] = (struct descriptor){
            (uint64_t)(reg_t)buffer, 512, kNext | (i ? kWrite : 0), (uint16_t)((i + 1) % kSize)};
        ring.available[2 + i] = 0;
    }
    ring.available[1] = kSize;
}

static void start_queue(reg_t slot, unsigned queue, int sane) {
    static const uint32_t kSizes[] = {kSize, 0, 1, 3, 1024, 32768, 65535, 0xffffffff};
    const uint64_t r = next_random();
    write32(slot + kStatus, 0);
    write32(slot + kStatus, 3);
    write32(slot + kDriverFeaturesSel, 1);
    write32(slot + kDriverFeatures, sane ? 1 : (uint32_t)r);
    write32(slot + kStatus, 11);
    write32(slot + kQueueSel, queue);
    write32(slot + kQueueNum, sane ? kSize : kSizes[r % 8]);
    const int real = sane || r & 0x300;
    set_address(slot, kDescLow, real ? (uint64_t)(reg_t)ring.descriptors : wild_address());
    set_address(slot, kDriverLow, real ? (uint64_t)(reg_t)ring.available : wild_address());
    set_address(slot, kDeviceLow, real ? (uint64_t)(reg_t)ring.used : wild_address());
    write32(slot + kQueueReady, 1);
    write32(slot + kStatus, 15);
}

static void torment(reg_t slot) {
    for (row = 0; row < 400; ++row) {
        const uint64_t r = next_random();
        const unsigned queue = r % 16 == 0 ? (unsigned)(r >> 8) : 0;
        start_queue(slot, queue, row % 2);
        if (row % 4 == 3)
            fill_loop();
        else
            fill_ring();
        write32(slot + kQueueNotify, row % 8 == 5 ? (uint32_t)r : queue);
        for (volatile unsigned wait = 0; wait < 200; ++wait) {
        }
        write32(slot + kInterruptAck, 3);
    }
    write32(slot + kStatus, 0);
}

void test(void) {
    const uint32_t kVirt = 0x74726976;
    for (unsigned i = 0; i < kSlots; ++i) {
        const reg_t slot = VIRTIO + 0x1000 * i;
        if (read32(slot + kMagic) == kVirt && read32(slot + kDeviceId) != 0) torment(slot);
    }
}
