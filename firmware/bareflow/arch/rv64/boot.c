#include "cpu.h"
#include "machine.h"
#include "platform.h"
#include "runtime.h"
#include "trap.h"
#include "uart16550.h"

// start.S comes here, with a stack and traps set up.
__attribute__((noreturn)) void boot(uint64_t hart, const void* tree) {
    stack_guard_enable();
    const char* const problem = machine_read(tree, hart);
    if (problem != NULL) panic("Device tree: %s", problem);
    runtime_start();
}

static void receive(unsigned source) {
    (void)source;
    uart_receive();
}

void platform_init(void) {
    cpu_init();
    timer_init();
    trap_enable();
    serial_init();
    if (!interrupt_register(machine.uart_source, receive)) machine.uart_source = 0;
}

volatile void* platform_jitctl(void) { return (volatile void*)machine.jitctl; }
