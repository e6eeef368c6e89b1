// Answers each key with all that could differ between two runs: when it came, by every clock that
// there is. It never ends by itself; tests/record types to it.
#include "harness.h"

enum { kRtc = 0x101000, kLsrDataReady = 1, kLsrBreak = 0x10 };
enum { kUartIrq = 10, kTickTicks = 20000, kWork = 5000, kSeedBytes = 1 << 16 };
enum { kPowerOff = 0x5555, kFailed = 0x3333, kReset = 0x7777 };

// The device tree, with its rng-seed, lies at the last multiple of 2 MiB in 16 MiB of RAM.
static const uint8_t* const kDeviceTree = (const uint8_t*)(RAM_BASE + 0xe00000u);

static void show(const char* name, uint64_t value) {
    print(name);
    print_hex(value);
}

static uint32_t device_tree_sum(void) {
    uint32_t sum = 2166136261u;
    for (unsigned i = 0; i < kSeedBytes; ++i) sum = (sum ^ kDeviceTree[i]) * 16777619u;
    return sum;
}

static uint64_t rtc(void) {
    const uint32_t low = read32(kRtc);
    return (uint64_t)read32(kRtc + 4) << 32 | low;
}

static void show_moment(void) {
    show(" time ", mtime());
    show(" cycle ", CSR_READ(mcycle));
    show(" rtc ", rtc());
    print("\n");
}

static void work(void) {
    for (volatile unsigned i = 0; i < kWork; ++i) {
    }
}

static int ticking = 1;

static void obey(uint8_t key) {
    show("key ", key);
    show_moment();
    if (key == 'q') write32(FINISHER, 7u << 16 | kFailed);
    if (key == 'p') write32(FINISHER, kPowerOff);
    if (key == 'r') write32(FINISHER, kReset);
    if (key == 't') ticking = !ticking;  // without ticks only a key wakes the hart
    if (key == 'w')
        for (unsigned i = 0; i < 1000; ++i) work();
}

static void take_keys(void) {
    for (;;) {
        const uint8_t status = read8(UART + 5);
        if ((status & kLsrDataReady) == 0) return;
        const uint8_t key = read8(UART);
        if ((status & kLsrBreak) != 0) {
            print("break");
            show_moment();
        } else {
            obey(key);
        }
    }
}

void test(void) {
    show("hello", device_tree_sum());
    show_moment();
    write8(UART + 2, 1);  // FIFOs
    write8(UART + 1, 1);  // interrupt for received data
    write32(PLIC + 4 * kUartIrq, 1);
    write32(PLIC + 0x2000, 1u << kUartIrq);
    write32(PLIC + 0x200000, 0);
    CSR_WRITE(mie, (1 << kMei) | (1 << kMti));
    for (;;) {
        set_mtimecmp(0, ticking ? mtime() + kTickTicks : ~(uint64_t)0);
        asm volatile("wfi");
        work();
        const uint32_t claimed = read32(PLIC + 0x200004);
        take_keys();
        if (claimed != 0) write32(PLIC + 0x200004, claimed);
    }
}
