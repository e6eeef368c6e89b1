// A function keeps its return address in the word below its frame pointer, and its caller's frame
// pointer in the word below that. A leaf function keeps only the latter, in the upper place, and
// the return address in ra: after a trap it is in the trap's frame.
#include "platform.h"
#include "trap.h"

static bool in_stack(uintptr_t address) {
    return address >= (uintptr_t)stack_bottom && address <= (uintptr_t)stack_top;
}

static struct Frame caller(uintptr_t frame_pointer) {
    const uintptr_t* const record = (const uintptr_t*)frame_pointer;
    return (struct Frame){record[-1], record[-2]};
}

static struct Frame interrupted(const struct TrapFrame* trap) {
    return (struct Frame){trap->pc, trap->x[kRegisterS0]};
}

// Whether ra still holds the return address of the interrupted function: after a call of its own it
// points into the function itself.
static bool ra_is_live(const struct TrapFrame* trap) {
    struct Symbol function;
    struct Symbol called_from;
    return !symbol_at(trap->pc, &function) || !symbol_at(trap->x[kRegisterRa] - 1, &called_from) ||
           function.address != called_from.address;
}

static struct Frame caller_of_interrupted(const struct TrapFrame* trap) {
    const uintptr_t ra = trap->x[kRegisterRa];
    const uintptr_t frame_pointer = trap->x[kRegisterS0];
    const struct Frame found = caller(frame_pointer);
    if (found.pc == ra || !ra_is_live(trap)) return found;
    if (in_stack(found.pc)) return (struct Frame){ra, found.pc};
    // The frame is not set up yet, or taken down, or the jump went to where no function is.
    return (struct Frame){ra, frame_pointer};
}

static bool is_interrupted(const struct Frame* frame, const struct TrapFrame* trap) {
    return frame->pc == trap->pc && frame->frame_pointer == trap->x[kRegisterS0];
}

bool platform_caller(struct Frame* frame) {
    if (frame->pc == (uintptr_t)trap_handled)
        *frame = interrupted(&trap_frame);
    else if (is_interrupted(frame, &nested_trap_frame))
        *frame = caller_of_interrupted(&nested_trap_frame);
    else if (is_interrupted(frame, &trap_frame))
        *frame = caller_of_interrupted(&trap_frame);
    else
        *frame = caller(frame->frame_pointer);
    return frame->pc != 0;
}

struct Frame platform_current_frame(void) {
    __asm__ volatile("" : : : "ra");  // makes it keep ra, as a function that is no leaf
    return caller((uintptr_t)__builtin_frame_address(0));
}
