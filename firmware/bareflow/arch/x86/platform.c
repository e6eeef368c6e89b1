#include "platform.h"

#include "cpu.h"
#include "keyboard.h"
#include "pic.h"
#include "ports.h"
#include "runtime.h"
#include "timer.h"
#include "uart16550.h"

enum { kCom1 = 0x3f8, kCom1Line = 4, kUartClock = 1843200 };

// QEMU: the ACPI power management of its PCs, and its isa-debug-exit device.
enum { kPowerControl = 0x604, kPowerOff = 0x2000, kDebugExit = 0xf4 };

uint8_t platform_uart_read(unsigned index) { return port_in8((uint16_t)(kCom1 + index)); }

void platform_uart_write(unsigned index, uint8_t value) {
    port_out8((uint16_t)(kCom1 + index), value);
}

uint32_t platform_uart_clock(void) { return kUartClock; }

static void on_serial(unsigned line) {
    (void)line;
    uart_receive();
}

void platform_init(void) {
    serial_init();
    serial_puts("\n");  // the firmware may have left the line half full
    vga_init();
    pic_init();
    timer_init();
    keyboard_init();
    interrupt_register(kCom1Line, on_serial);
}

bool platform_has_screen(void) { return true; }

int platform_console_poll(void) {
    const int character = keyboard_take();
    return character >= 0 ? character : uart_poll();
}

_Noreturn void platform_exit(int code) {
    interrupts_set(false);
    if (code == 0) {
        port_out16(kPowerControl, kPowerOff);
        timer_delay(50);  // the machine goes on for a moment
        timer_delay(50);
    }
    port_out8(kDebugExit, (uint8_t)code);
    serial_puts("\nThe machine can be switched off.\n");
    vga_puts("\nThe machine can be switched off.\n");
    for (;;) {
        interrupts_set(false);
        cpu_halt();
    }
}
