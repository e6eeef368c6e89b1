// The frame pointer points at the caller's frame pointer, followed by the return address.
#include "frame.h"

#include "runtime.h"

// A function that a fault found without a frame of its own, and its caller.
static struct Frame frameless, frameless_caller;

bool platform_caller(struct Frame* frame) {
    if (frame->pc == frameless.pc && frame->frame_pointer == frameless.frame_pointer) {
        *frame = frameless_caller;
    } else {
        const uintptr_t* const saved = (const uintptr_t*)frame->frame_pointer;
        *frame = (struct Frame){saved[1], saved[0]};
    }
    return frame->pc != 0;
}

struct Frame platform_current_frame(void) {
    const uintptr_t* const saved = __builtin_frame_address(0);
    return (struct Frame){saved[1], saved[0]};
}

// Where the return address is when the frame pointer is still, or again, the caller's: words above
// the stack pointer, or -1. GCC gives no frame to a function that leaves the stack alone, and where
// there is one, pushing the frame pointer is the first that the function does to the stack.
static int return_address_place(uintptr_t pc) {
    enum { kPushFramePointer = 0x55, kReturn = 0xc3 };
    struct Symbol function;
    if (!symbol_at(pc, &function)) return 0;  // a call of what is no code
    const uint8_t* const code = (const uint8_t*)function.address;
    const size_t offset = pc - function.address;
    if (code[offset] == kReturn || !memchr(code, kPushFramePointer, offset)) return 0;
    return offset == 1 ? 1 : -1;
}

struct Frame frame_of_fault(const struct TrapFrame* trap) {
    const struct Frame frame = {trap->pc, trap_frame_pointer(trap)};
    const uintptr_t stack = trap_stack_pointer(trap);
    const int place = return_address_place(frame.pc);
    if (place >= 0 && stack >= (uintptr_t)stack_bottom &&
        stack <= (uintptr_t)stack_top - 2 * sizeof(uintptr_t)) {
        frameless = frame;
        frameless_caller = (struct Frame){((const uintptr_t*)stack)[place], frame.frame_pointer};
    }
    return frame;
}
