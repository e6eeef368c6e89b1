// What the entry points of vectors.S push; eip and above is pushed by the processor.
#pragma once

#include <stdint.h>

struct TrapFrame {
    uintptr_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uintptr_t vector, error;
    uintptr_t pc, cs, flags;
};

enum { kTrapFrameWords = sizeof(struct TrapFrame) / sizeof(uintptr_t) };

// In the order of the structure; null for what is not a register.
static const char* const trap_frame_names[kTrapFrameWords] = {
    "edi", "esi", "ebp", "esp", "ebx", "edx", "ecx", "eax", 0, 0, "eip", "cs", "flags",
};

static inline uintptr_t trap_frame_pointer(const struct TrapFrame* frame) { return frame->ebp; }
static inline uintptr_t trap_stack_pointer(const struct TrapFrame* frame) { return frame->esp; }
