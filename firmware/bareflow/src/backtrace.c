#include "platform.h"
#include "runtime.h"

enum {
    kMaxLines = 32,
    kMaxFrames = 1 << 16,  // ends a damaged chain that goes round in circles
};

// A frame's record is two words, at its frame pointer or right below it.
static bool frame_in_stack(uintptr_t frame_pointer) {
    const size_t record = 2 * sizeof(uintptr_t);
    return frame_pointer % sizeof(uintptr_t) == 0 &&
           frame_pointer >= (uintptr_t)stack_bottom + record &&
           frame_pointer <= (uintptr_t)stack_top - record;
}

// False at the end of the chain. Outer frames lie higher; anything else is damage.
static bool next_frame(struct Frame* frame) {
    const uintptr_t frame_pointer = frame->frame_pointer;
    return frame_in_stack(frame_pointer) && platform_caller(frame) &&
           (frame->frame_pointer >= frame_pointer || frame->frame_pointer == 0);
}

static void print_place(uintptr_t pc, bool returned_to) {
    struct Symbol symbol;
    // A call may be the last instruction of its function; where it returns to is behind it.
    if (symbol_at(pc - returned_to, &symbol))
        printf("  %p %s+%#zx\n", (void*)pc, symbol.name, (size_t)(pc - symbol.address));
    else
        printf("  %p ?\n", (void*)pc);
}

static void print_repeats(unsigned count) {
    if (count != 0) printf("  ... %u more of it\n", count);
}

void backtrace_print(struct Frame frame) {
    puts("Backtrace:");
    print_place(frame.pc, false);
    unsigned lines = 1;
    unsigned repeated = 0;
    uintptr_t pc = frame.pc;
    for (unsigned frames = 0; frames < kMaxFrames && lines < kMaxLines && next_frame(&frame);
         ++frames) {
        if (frame.pc == pc) {
            ++repeated;
            continue;
        }
        print_repeats(repeated);
        repeated = 0;
        pc = frame.pc;
        print_place(pc, true);
        ++lines;
    }
    print_repeats(repeated);
}
