// What the entry points of vectors.S push; rip and above is pushed by the processor.
#pragma once

#include <stdint.h>

struct TrapFrame {
    uintptr_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rdx, rcx, rbx, rax;
    uintptr_t vector, error;
    uintptr_t pc, cs, flags, stack_pointer, ss;
};

enum { kTrapFrameWords = sizeof(struct TrapFrame) / sizeof(uintptr_t) };

// In the order of the structure; null for what is not a register.
static const char* const trap_frame_names[kTrapFrameWords] = {
    "r15", "r14", "r13", "r12", "r11", "r10", "r9",  "r8", "rdi",   "rsi", "rbp",
    "rdx", "rcx", "rbx", "rax", 0,     0,     "rip", "cs", "flags", "rsp", "ss",
};

static inline uintptr_t trap_frame_pointer(const struct TrapFrame* frame) { return frame->rbp; }
static inline uintptr_t trap_stack_pointer(const struct TrapFrame* frame) {
    return frame->stack_pointer;
}
