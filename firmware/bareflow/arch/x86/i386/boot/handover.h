// What the disk's boot code leaves for the program: eax = kHandoverMagic, ebx = the address of a
// struct Handover. It lies in conventional memory, below 64 KiB.
#pragma once

#include <stdint.h>

enum { kHandoverMagic = 0x4f464c42, kHandoverRanges = 32, kHandoverCommandLine = 1024 };

// One answer of INT 15h, AX=E820h (ACPI specification, "INT 15H, E820H").
struct FirmwareRange {
    uint64_t start;
    uint64_t size;
    uint32_t type;  // 1: RAM
    uint32_t attributes;
};

struct Handover {
    uint32_t range_count;
    struct FirmwareRange ranges[kHandoverRanges];
    uint32_t initrd_start, initrd_end;  // equal: none
    char command_line[kHandoverCommandLine];
};
