// Loads the program and its initial RAM disk as the image's header says, checks both, and goes
// there.
#include "bios.h"
#include "image_header.h"

enum { kOneMegabyte = 0x100000 };

static struct Handover handover;
static struct ImageHeader header;

_Noreturn void enter_program(uint32_t entry, uint32_t magic, const struct Handover* handover);

// --- Checksums ------------------------------------------------------------------------------

// Four bytes a step ("slicing"): the initial RAM disk may have hundreds of megabytes.
static uint32_t crc_table[4][256];

static void crc_prepare(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        crc_table[0][i] = crc;
    }
    for (int slice = 1; slice < 4; slice++) {
        for (int i = 0; i < 256; i++) {
            const uint32_t crc = crc_table[slice - 1][i];
            crc_table[slice][i] = crc >> 8 ^ crc_table[0][crc & 0xff];
        }
    }
}

static uint32_t crc_continue(uint32_t crc, const uint8_t* bytes, uint32_t size) {
    for (; size >= 4; size -= 4, bytes += 4) {
        crc ^= *(const uint32_t*)bytes;
        crc = crc_table[3][crc & 0xff] ^ crc_table[2][crc >> 8 & 0xff] ^
              crc_table[1][crc >> 16 & 0xff] ^ crc_table[0][crc >> 24];
    }
    for (; size > 0; size--, bytes++) crc = crc >> 8 ^ crc_table[0][(crc ^ *bytes) & 0xff];
    return crc;
}

static uint32_t crc_of(const void* bytes, uint32_t size) { return ~crc_continue(~0u, bytes, size); }

// --- The header -----------------------------------------------------------------------------

static void copy(void* to, const void* from, uint32_t size) {
    uint32_t words = size / 4;
    uint32_t rest = size % 4;
    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

static bool magic_matches(void) {
    for (int i = 0; i < 8; i++) {
        if (header.magic[i] != "BAREFLOW"[i]) return false;
    }
    return true;
}

static void read_header(void) {
    disk_read(BOOT_SECTORS, kHeaderSectors);
    copy(&header, (const void*)kBuffer, sizeof header);
    if (!magic_matches()) fail("the disk has no BareFlow header at sector 16");
    const uint32_t expected = header.checksum;
    header.checksum = 0;
    if (crc_of(&header, sizeof header) != expected) fail("the disk's header is damaged");
    if (header.version != kImageVersion) {
        fail_number("the disk's header has the unknown version #", header.version);
    }
    disk_require(header.sector_count);
    header.command_line[sizeof header.command_line - 1] = '\0';
}

// --- The parts ------------------------------------------------------------------------------

static void load(const struct ImagePart* part, uint32_t address, const char* damaged) {
    uint32_t crc = ~0u;
    uint32_t sector = part->sector;
    for (uint32_t left = part->size; left > 0;) {
        const uint32_t most = kBufferSectors * SECTOR_SIZE;
        const uint32_t size = left < most ? left : most;
        const uint32_t sectors = (size + SECTOR_SIZE - 1) / SECTOR_SIZE;
        disk_read(sector, sectors);
        copy((void*)address, (const void*)kBuffer, size);
        crc = crc_continue(crc, (const uint8_t*)address, size);
        address += size;
        left -= size;
        sector += sectors;
    }
    if (~crc != part->checksum) fail(damaged);
}

static void load_program(void) {
    const uint32_t start = header.memory_start, end = header.memory_end;
    const bool ordered = start >= kOneMegabyte && start <= header.address &&
                         header.address <= header.entry && header.entry < end && start % 4096 == 0;
    if (!ordered || header.program.size > end - header.address) {
        fail("the disk's header describes an impossible program");
    }
    if (find_memory(&handover, start, end - start) != start) {
        fail_number("there is too little RAM: the program needs # MiB", (end >> 20) + 1);
    }
    load(&header.program, header.address, "the program on the disk is damaged");
}

static void load_initrd(void) {
    if (header.initrd.size == 0) return;
    const uint32_t address = find_memory(&handover, header.memory_end, header.initrd.size);
    if (address == 0) {
        fail_number("there is too little RAM for the initial RAM disk of # bytes",
                    header.initrd.size);
    }
    load(&header.initrd, address, "the initial RAM disk is damaged");
    handover.initrd_start = address;
    handover.initrd_end = address + header.initrd.size;
}

_Noreturn void loader_main(uint8_t drive) {
    check_processor();
    crc_prepare();
    enable_a20();
    read_memory_map(&handover);
    disk_open(drive);
    read_header();
    load_program();
    load_initrd();
    copy(handover.command_line, header.command_line, sizeof handover.command_line);
    enter_program(header.entry, kHandoverMagic, &handover);
}
