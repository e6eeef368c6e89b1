// Sectors of the boot drive, by packet (INT 13h extensions) or, without them, by cylinder, head,
// sector.
#include "bios.h"
#include "image_header.h"

static struct {
    uint8_t drive;
    bool packets;
    uint32_t heads, sectors;  // geometry, where there are no packet reads
    uint64_t size;            // in sectors, 0: unknown
} disk;

struct Packet {
    uint8_t size, unused;
    uint16_t count, offset, segment;
    uint64_t sector;
};

struct DriveParameters {
    uint16_t size, flags;
    uint32_t cylinders, heads, sectors;
    uint64_t sector_count;
    uint16_t sector_size;
} __attribute__((packed));

static bool disk_call(uint32_t eax, struct BiosRegisters* registers) {
    registers->eax = eax;
    registers->edx = (registers->edx & ~0xffu) | disk.drive;
    bios_call(0x13, registers);
    return !(registers->flags & kCarryFlag);
}

static bool has_packets(void) {
    struct BiosRegisters registers = {.ebx = 0x55aa};
    return disk_call(0x4100, &registers) && low16(registers.ebx) == 0xaa55 && (registers.ecx & 1);
}

static void read_size(void) {
    static struct DriveParameters parameters = {.size = sizeof parameters};
    struct BiosRegisters registers = {.esi = (uint32_t)&parameters};
    if (!disk_call(0x4800, &registers)) return;
    if (parameters.sector_size != SECTOR_SIZE) {
        fail_number("the disk has sectors of # bytes instead of 512", parameters.sector_size);
    }
    disk.size = parameters.sector_count;
}

static void read_geometry(void) {
    struct BiosRegisters registers = {0};
    if (!disk_call(0x0800, &registers)) fail("the BIOS does not tell the disk's geometry");
    disk.heads = ((registers.edx >> 8) & 0xff) + 1;
    disk.sectors = registers.ecx & 0x3f;
    if (disk.sectors == 0) fail("the BIOS tells a geometry without sectors");
}

void disk_open(uint8_t drive) {
    disk.drive = drive;
    disk.packets = has_packets();
    if (disk.packets) {
        read_size();
    } else {
        read_geometry();
    }
}

void disk_require(uint32_t sectors) {
    if (disk.size != 0 && disk.size < sectors) {
        fail_number("the disk image is truncated: it should have # sectors", sectors);
    }
}

static bool read_packet(uint32_t sector, uint32_t count) {
    static struct Packet packet;
    packet =
        (struct Packet){.size = sizeof packet, .count = (uint16_t)count, .segment = kBuffer >> 4};
    packet.sector = sector;
    struct BiosRegisters registers = {.esi = (uint32_t)&packet};
    return disk_call(0x4200, &registers);
}

// One sector a call: a longer transfer might cross a track.
static bool read_geometric(uint32_t sector, uint32_t segment) {
    const uint32_t track = sector / disk.sectors;
    const uint32_t cylinder = track / disk.heads;
    if (cylinder > 1023) fail_number("sector # is out of the reach of this BIOS", sector);
    struct BiosRegisters registers = {.es = segment};
    registers.ecx = (cylinder & 0xff) << 8 | (cylinder >> 8) << 6 | (sector % disk.sectors + 1);
    registers.edx = (track % disk.heads) << 8;
    return disk_call(0x0201, &registers);
}

void disk_read(uint32_t sector, uint32_t count) {
    if (disk.packets) {
        if (!read_packet(sector, count)) fail_number("cannot read the disk at sector #", sector);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_geometric(sector + i, (kBuffer + i * SECTOR_SIZE) >> 4)) {
            fail_number("cannot read the disk at sector #", sector + i);
        }
    }
}
