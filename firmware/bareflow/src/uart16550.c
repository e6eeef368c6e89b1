// Registers and bits: National Semiconductor PC16550D, section 8.
#include "uart16550.h"

#include "runtime.h"

enum {
    kData = 0,
    kInterruptEnable = 1,
    kFifoControl = 2,
    kLineControl = 3,
    kModemControl = 4,
    kLineStatus = 5,
    kDivisorLow = 0,   // with kDivisorAccess
    kDivisorHigh = 1,  // with kDivisorAccess
};

enum {
    kReceiveInterrupt = 0x01,
    kFifoEnable = 0x01,
    kEightBits = 0x03,  // no parity, one stop bit
    kDivisorAccess = 0x80,
    kReadyAndInterruptOut = 0x0b,  // DTR, RTS, and OUT2, which gates the interrupt on a PC
    kDataReady = 0x01,
    kTransmitterEmpty = 0x20,
};

enum { kBaud = 115200, kRingSize = 256 };

// `head` and `tail` count without bound; their difference is how much is in the ring.
static struct {
    char characters[kRingSize];
    unsigned head;  // where the next character goes
    unsigned tail;  // where the oldest one is
} ring;

void serial_init(void) {
    const uint32_t divisor = (platform_uart_clock() + 8 * kBaud) / (16 * kBaud);
    uart_receive();  // what was typed so far: switching the FIFO on would lose it
    platform_uart_write(kInterruptEnable, 0);
    platform_uart_write(kLineControl, kDivisorAccess);
    platform_uart_write(kDivisorLow, (uint8_t)divisor);
    platform_uart_write(kDivisorHigh, (uint8_t)(divisor >> 8));
    platform_uart_write(kLineControl, kEightBits);
    platform_uart_write(kFifoControl, kFifoEnable);
    platform_uart_write(kModemControl, kReadyAndInterruptOut);
    platform_uart_write(kInterruptEnable, kReceiveInterrupt);
}

void uart_send(char character) {
    while ((platform_uart_read(kLineStatus) & kTransmitterEmpty) == 0) continue;
    platform_uart_write(kData, (uint8_t)character);
}

void serial_puts(const char* text) {
    for (; *text != '\0'; ++text) {
        if (*text == '\n') uart_send('\r');
        uart_send(*text);
    }
}

void uart_receive(void) {
    while (ring.head - ring.tail < kRingSize) {
        const uint8_t status = platform_uart_read(kLineStatus);
        if (status == kNoUart || (status & kDataReady) == 0) return;
        ring.characters[ring.head++ % kRingSize] = (char)platform_uart_read(kData);
    }
    platform_uart_write(kInterruptEnable, 0);
}

int uart_poll(void) {
    const bool enabled = interrupts_set(false);
    uart_receive();
    int character = -1;
    if (ring.head != ring.tail) {
        const bool was_full = ring.head - ring.tail == kRingSize;
        character = (uint8_t)ring.characters[ring.tail++ % kRingSize];
        if (was_full) platform_uart_write(kInterruptEnable, kReceiveInterrupt);
    }
    interrupts_set(enabled);
    return character;
}
