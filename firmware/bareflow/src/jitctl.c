#include "jitctl.h"

#include "platform.h"

// Offsets of the registers, which have 64 bits each.
enum Register {
    kMagic = 0x00,
    kVersion = 0x08,
    kFeatures = 0x10,
    kMaxLevel = 0x18,
    kStart = 0x28,
    kLength = 0x30,
    kCommand = 0x38,
    kStatus = 0x40,
    kLevel = 0x48,
    kWarm = 0x88,
    kHot = 0x90,
    kVeryHot = 0x98,
};

enum Command { kQuery = 1, kCompile = 2, kApplyThresholds = 3 };

enum { kOurVersion = 1, kCompileFeature = 1 << 1 };

static const uint64_t kMagicNumber = 0x0054494a4e4c494bull;  // "KILNJIT\0"

static volatile uint64_t* at(enum Register which) {
    return (volatile uint64_t*)((uintptr_t)platform_jitctl() + which);
}

bool jitctl_present(void) {
    return platform_jitctl() && *at(kMagic) == kMagicNumber && *at(kVersion) == kOurVersion;
}

bool jitctl_can_compile(void) {
    return jitctl_present() && (*at(kFeatures) & kCompileFeature) && *at(kMaxLevel);
}

static enum JitStatus give_command(enum Command command) {
    *at(kCommand) = command;
    return (enum JitStatus) * at(kStatus);
}

static enum JitStatus give_range_command(enum Command command, uintptr_t start, size_t size) {
    if (!jitctl_present()) return kJitUnavailable;
    *at(kStart) = start;
    *at(kLength) = size;
    return give_command(command);
}

enum JitStatus jitctl_compile(uintptr_t start, size_t size) {
    return give_range_command(kCompile, start, size);
}

enum JitStatus jitctl_set_thresholds(uint64_t warm, uint64_t hot, uint64_t very_hot) {
    if (!jitctl_present()) return kJitUnavailable;
    *at(kWarm) = warm;
    *at(kHot) = hot;
    *at(kVeryHot) = very_hot;
    return give_command(kApplyThresholds);
}

int jitctl_level(uintptr_t start, size_t size) {
    return give_range_command(kQuery, start, size) == kJitDone ? (int)*at(kLevel) : 0;
}
