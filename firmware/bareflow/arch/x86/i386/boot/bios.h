// What the loader uses of the BIOS and of the machine.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handover.h"

// The order is known to stage2.S.
struct BiosRegisters {
    uint32_t eax, ebx, ecx, edx, esi, edi, es, flags;
};
enum { kCarryFlag = 1 };

// Calls the BIOS in real mode with ds = 0; every pointer must be below 64 KiB, or be given with es.
void bios_call(uint8_t interrupt, struct BiosRegisters* registers);

// The low 16 bits of a register, which is all that most calls return.
static inline uint16_t low16(uint32_t value) { return (uint16_t)value; }

// console.c: ends the boot with a line on the screen and on the first serial port.
_Noreturn void fail(const char* reason);
// The same with a number in the place of '#'.
_Noreturn void fail_number(const char* reason, uint32_t number);

// processor.c: fails when the program could not run on it.
void check_processor(void);

// memory.c: opens the A20 gate; fails when nothing opens it.
void enable_a20(void);
void read_memory_map(struct Handover* handover);
// The lowest multiple of 4 KiB in RAM from `from` on with `size` bytes behind it; 0 when there is
// none.
uint32_t find_memory(const struct Handover* handover, uint32_t from, uint32_t size);

// disk.c
void disk_open(uint8_t drive);
// Fails if the disk is shorter, so far as the BIOS tells.
void disk_require(uint32_t sectors);
// Reads `count` sectors, at most kBufferSectors, to kBuffer.
void disk_read(uint32_t sector, uint32_t count);

// 64 KiB that no 16-bit DMA boundary cuts; some BIOSes read at most 127 sectors at once.
enum { kBuffer = 0x20000, kBufferSectors = 127 };
