// The first 16550 UART: serial_init() and serial_puts() of runtime.h, and reception into a ring
// buffer. Its registers are memory on one machine and I/O ports on another; the architecture
// reaches them.
#pragma once

#include <stdint.h>

// What every register reads as where there is no UART.
enum { kNoUart = 0xff };

// Provided by each architecture. `index` is the register's number, 0 to 7. Both work from the first
// instruction of C on, so that a failing start can say why.
uint8_t platform_uart_read(unsigned index);
void platform_uart_write(unsigned index, uint8_t value);
// The UART's input clock in Hz: 1843200 on a PC.
uint32_t platform_uart_clock(void);

// Sends one character as it is.
void uart_send(char character);

// Moves what has arrived into the ring buffer. For the interrupt's handler; serial_init() has
// enabled the interrupt in the UART. While the buffer is full it is disabled, so that nothing gets
// lost.
void uart_receive(void);

// A character that has arrived, or -1. Works with and without the interrupt.
int uart_poll(void);
