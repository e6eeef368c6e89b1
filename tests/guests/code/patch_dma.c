// Code that a device rewrites: sectors of a disk are read by virtio-blk over code that has run, and
// run, hot, after a fence.i (virtio 1.2, "Virtio Over MMIO", "Block Device").
#include "paging.h"

enum {
    kDeviceId = 0x008,
    kDriverFeatures = 0x020,
    kDriverFeaturesSel = 0x024,
    kQueueSel = 0x030,
    kQueueNum = 0x038,
    kQueueReady = 0x044,
    kQueueNotify = 0x050,
    kInterruptStatus = 0x060,
    kInterruptAck = 0x064,
    kStatus = 0x070,
    kDesc = 0x080,
    kDriver = 0x090,
    kDevice = 0x0a0,
};
enum { kSlots = 8, kSize = 4, kBlockDevice = 2, kNext = 1, kWrite = 2, kSector = 512 };
enum { kRead = 0, kWriteOut = 1, kSectors = 8 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};
static struct {
    struct descriptor descriptors[kSize];
    volatile uint16_t available[2 + kSize + 2];
    struct {
        volatile uint16_t flags, index;
        volatile uint32_t elements[2 * kSize];
    } used;
} ring __attribute__((aligned(4096)));
static struct {
    uint32_t type, reserved;
    uint64_t sector;
} header;
static volatile uint8_t status;
static reg_t slot;

static void set_address(unsigned reg, const volatile void* p) {
    write32(slot + reg, (uint32_t)(reg_t)p);
    write32(slot + reg + 4, (uint32_t)((uint64_t)(reg_t)p >> 32));
}

static void start_device(void) {
    for (unsigned i = 0; i < kSlots && slot == 0; ++i)
        if (read32(VIRTIO + 0x1000 * i + kDeviceId) == kBlockDevice) slot = VIRTIO + 0x1000 * i;
    CHECK(slot != 0);
    write32(slot + kStatus, 0);
    write32(slot + kStatus, 3);
    write32(slot + kDriverFeaturesSel, 1);
    write32(slot + kDriverFeatures, 1);  // VIRTIO_F_VERSION_1
    write32(slot + kStatus, 11);
    CHECK_EQ(read32(slot + kStatus), 11);
    write32(slot + kQueueSel, 0);
    write32(slot + kQueueNum, kSize);
    set_address(kDesc, ring.descriptors);
    set_address(kDriver, ring.available);
    set_address(kDevice, &ring.used);
    write32(slot + kQueueReady, 1);
    write32(slot + kStatus, 15);
}

static void transfer(unsigned type, uint64_t sector, void* data) {
    header.type = type;
    header.sector = sector;
    status = 0xff;
    ring.descriptors[0] = (struct descriptor){(reg_t)&header, sizeof header, kNext, 1};
    ring.descriptors[1] = (struct descriptor){(reg_t)data, kSector,
                                              (uint16_t)(kNext | (type == kRead ? kWrite : 0)), 2};
    ring.descriptors[2] = (struct descriptor){(reg_t)&status, 1, kWrite, 0};
    const uint16_t next = (uint16_t)(ring.used.index + 1);
    ring.available[2 + ring.available[1] % kSize] = 0;
    asm volatile("fence" ::: "memory");
    ring.available[1] = next;
    asm volatile("fence" ::: "memory");
    write32(slot + kQueueNotify, 0);
    while (ring.used.index != next) {
    }
    CHECK_EQ(status, 0);
    write32(slot + kInterruptAck, read32(slot + kInterruptStatus));
}

void test(void) {
    start_device();
    // Each sector is a loop with its own addend.
    uint32_t* const out = data_pages[0];
    for (unsigned n = 0; n < kSectors; ++n) {
        out[0] = 0x00058513;                  // mv a0, a1
        out[1] = 0x00060613 | (n + 1) << 20;  // addi a2, a2, n + 1
        out[2] = 0xfff50513;                  // addi a0, a0, -1
        out[3] = 0xfe051ce3;                  // bnez a0, -8
        out[4] = ECALL_WORD;
        transfer(kWriteOut, n, out);
    }
    for (row = 0; row < 60; ++row) {
        // In the middle of a page whose other code stays, and in one that has just run.
        uint32_t* const code = &data_pages[1 + row % 2][kSector / 4];
        const unsigned n = (row * 3) % kSectors;
        transfer(kRead, n, code);
        fence_i();
        for (unsigned i = 0; i < 3; ++i) {
            const struct context c = run(kMachine, code, 0, kHotRounds, 0, 0);
            CHECK_EQ(c.cause, kEcallM);
            CHECK_EQ(c.x[kA2], kHotRounds * (n + 1));
        }
    }
}
