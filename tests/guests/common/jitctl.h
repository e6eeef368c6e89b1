// Kiln's jitctl device (docs/jitctl.md).
#pragma once

#include "harness.h"

#define JITCTL 0x10200000u

enum {
    kMagic = 0x00,
    kVersion = 0x08,
    kFeatures = 0x10,
    kMaxLevel = 0x18,
    kInstret = 0x20,
    kStart = 0x28,
    kLength = 0x30,
    kCommand = 0x38,
    kStatus = 0x40,
    kLevel = 0x48,
    kBlocks = 0x50,
    kInstructions = 0x58,
    kExecutions = 0x60,
    kBlocksAtLevel = 0x68,
    kWarm = 0x88,
    kHot = 0x90,
    kVeryHot = 0x98,
    kRegistersEnd = 0xa0,
};
enum { kQuery = 1, kCompile = 2, kApplyThresholds = 3 };
enum { kDone, kUnavailable, kBadRange, kBadCommand, kQueued, kBadThresholds };

// XLEN 32 reaches the halves, XLEN 64 the whole.
static inline uint64_t jitctl_read(unsigned reg) {
#if XLEN == 64
    return *(volatile uint64_t*)(uintptr_t)(JITCTL + reg);
#else
    return read32(JITCTL + reg) | (uint64_t)read32(JITCTL + reg + 4) << 32;
#endif
}
static inline void jitctl_write(unsigned reg, uint64_t value) {
#if XLEN == 64
    *(volatile uint64_t*)(uintptr_t)(JITCTL + reg) = value;
#else
    write32(JITCTL + reg, (uint32_t)value);
    write32(JITCTL + reg + 4, (uint32_t)(value >> 32));
#endif
}

// Each gives the status.
static inline uint64_t jitctl_command(uint64_t command) {
    jitctl_write(kCommand, command);
    return jitctl_read(kStatus);
}
static inline uint64_t jitctl_range(uint64_t command, uint64_t start, uint64_t length) {
    jitctl_write(kStart, start);
    jitctl_write(kLength, length);
    return jitctl_command(command);
}
