#include "pic.h"
#include "runtime.h"
#include "traps.h"

static void (*handlers[kPicLines])(unsigned);

bool interrupt_register(unsigned number, void (*handler)(unsigned)) {
    if (number >= kPicLines) return false;
    handlers[number] = handler;
    pic_unmask(number);
    return true;
}

void trap_handle(struct TrapFrame* frame) {
    if (frame->vector < kExceptions) fault_report(frame);
    const unsigned line = (unsigned)frame->vector - kPicFirstVector;
    if (!pic_is_genuine(line)) return;
    // Acknowledged first: a handler that does not return (shutdown, panic) leaves no line blocked,
    // and interrupts are off until the handler has returned.
    pic_acknowledge(line);
    if (handlers[line]) handlers[line](line);
}
