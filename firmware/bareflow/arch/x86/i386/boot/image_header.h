// The disk image, written by tools/pack_disk_image. All numbers are little-endian.
//
//   sector 0         stage1, and the partition table's place (left empty)
//   sectors 1 to 15  stage2; the last four bytes are kBootMagic
//   sectors 16 to 18 struct ImageHeader
//   any              the program and the initial RAM disk, each from the start of a sector
#pragma once

#define SECTOR_SIZE 512
#define BOOT_SECTORS 16
#define BOOT_ADDRESS 0x7c00
#define BOOT_MAGIC 0x544f4f42

#ifndef __ASSEMBLER__
#include <stdint.h>

enum { kImageVersion = 1, kHeaderSectors = 3 };

struct ImagePart {
    uint32_t sector;
    uint32_t size;      // bytes; 0: none
    uint32_t checksum;  // CRC-32 as in zlib
};

struct ImageHeader {
    char magic[8];  // "BAREFLOW"
    uint32_t version;
    uint32_t checksum;  // CRC-32 of the three sectors with this field as 0
    uint32_t sector_count;
    uint32_t memory_start;  // what the program needs of RAM: its stack, its image, its .bss
    uint32_t memory_end;
    uint32_t address;  // where the flat program goes
    uint32_t entry;
    struct ImagePart program;
    struct ImagePart initrd;
    uint8_t unused[SECTOR_SIZE - 60];
    char command_line[1024];
};
_Static_assert(sizeof(struct ImageHeader) == kHeaderSectors * SECTOR_SIZE, "three sectors");
#endif
