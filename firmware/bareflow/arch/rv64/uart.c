// The console: the UART alone, there is no screen.
#include "machine.h"
#include "platform.h"
#include "runtime.h"
#include "uart16550.h"

static volatile uint8_t* uart_register(unsigned index) {
    return (volatile uint8_t*)machine.uart + index;
}

uint8_t platform_uart_read(unsigned index) {
    return machine.uart != 0 ? *uart_register(index) : kNoUart;
}

void platform_uart_write(unsigned index, uint8_t value) {
    if (machine.uart != 0) *uart_register(index) = value;
}

uint32_t platform_uart_clock(void) { return machine.uart_clock; }

int platform_console_poll(void) { return uart_poll(); }

bool platform_has_screen(void) { return false; }

void vga_init(void) {}

void vga_puts(const char* text) { serial_puts(text); }
