#include "bios.h"
#include "ports.h"

enum { kKeyboardData = 0x60, kKeyboardCommand = 0x64, kSystemControl = 0x92, kPage = 4096 };

// --- The A20 gate ---------------------------------------------------------------------------

// With the gate closed, 1 MiB + x is x.
static bool a20_is_open(void) {
    static volatile uint32_t low;
    volatile uint32_t* const high = (volatile uint32_t*)((uint32_t)&low + 0x100000);
    for (uint32_t value = 1; value < 100; value++) {
        low = value;
        *high = ~value;
        if (low == value) return true;
    }
    return false;
}

static void a20_by_bios(void) {
    struct BiosRegisters registers = {.eax = 0x2401};
    bios_call(0x15, &registers);
}

static void a20_by_system_control(void) {
    port_out8(kSystemControl, (uint8_t)((port_in8(kSystemControl) | 2) & ~1));
}

static void keyboard_wait(void) {
    for (int tries = 0; tries < 100000 && (port_in8(kKeyboardCommand) & 2); tries++) {
    }
}

static void a20_by_keyboard_controller(void) {
    keyboard_wait();
    port_out8(kKeyboardCommand, 0xd1);
    keyboard_wait();
    port_out8(kKeyboardData, 0xdf);
    keyboard_wait();
}

void enable_a20(void) {
    void (*const ways[])(void) = {a20_by_bios, a20_by_system_control, a20_by_keyboard_controller};
    for (int i = 0; i < 3 && !a20_is_open(); i++) ways[i]();
    if (!a20_is_open()) fail("the A20 gate does not open");
}

// --- The memory map -------------------------------------------------------------------------

void read_memory_map(struct Handover* handover) {
    static struct FirmwareRange range;
    const uint32_t signature = 0x534d4150;  // "SMAP"
    struct BiosRegisters registers = {.ebx = 0};
    do {
        range.attributes = 1;
        registers.eax = 0xe820;
        registers.ecx = sizeof range;
        registers.edx = signature;
        registers.edi = (uint32_t)&range;
        registers.es = 0;
        bios_call(0x15, &registers);
        if ((registers.flags & kCarryFlag) || registers.eax != signature) break;
        // Bit 0 clear: "ignore this entry". It stays set where the BIOS knows no attributes.
        if (range.size > 0 && (range.attributes & 1))
            handover->ranges[handover->range_count++] = range;
    } while (registers.ebx != 0 && handover->range_count < kHandoverRanges);
    if (handover->range_count == 0) fail("the BIOS gives no memory map (INT 15h, AX=E820h)");
}

uint32_t find_memory(const struct Handover* handover, uint32_t from, uint32_t size) {
    uint64_t best = UINT32_MAX;
    for (uint32_t i = 0; i < handover->range_count; i++) {
        const struct FirmwareRange* range = &handover->ranges[i];
        if (range->type != 1) continue;
        uint64_t start = range->start < from ? from : range->start;
        start = (start + kPage - 1) & ~(uint64_t)(kPage - 1);
        if (start + size <= range->start + range->size && start < best) best = start;
    }
    return best + size > UINT32_MAX ? 0 : (uint32_t)best;
}
