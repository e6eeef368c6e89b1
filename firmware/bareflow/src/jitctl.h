// The guest's side of Kiln's jitctl device; docs/jitctl.md.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The device's answers, in its STATUS register.
enum JitStatus {
    kJitDone = 0,
    kJitUnavailable = 1,  // also where there is no device
    kJitBadRange = 2,
    kJitBadCommand = 3,
    kJitQueued = 4,
    kJitBadThresholds = 5,
};

bool jitctl_present(void);

// Whether the emulator has something to compile with.
bool jitctl_can_compile(void);

// Asks that the code be compiled now.
enum JitStatus jitctl_compile(uintptr_t start, size_t size);

enum JitStatus jitctl_set_thresholds(uint64_t warm, uint64_t hot, uint64_t very_hot);

// The lowest level of what the emulator has translated of the code; 0 where it has or says nothing.
int jitctl_level(uintptr_t start, size_t size);
