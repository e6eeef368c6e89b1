#include "bios.h"
#include "ports.h"

enum { kCom1 = 0x3f8, kDebugExit = 0xf4 };

static void screen_put(char character) {
    struct BiosRegisters registers = {.eax = 0x0e00 | (uint8_t)character, .ebx = 7};
    bios_call(0x10, &registers);
}

static void serial_put(char character) {
    for (int tries = 0; tries < 100000 && !(port_in8(kCom1 + 5) & 0x20); tries++) {
    }
    port_out8(kCom1, (uint8_t)character);
}

static void serial_open(void) {
    port_out8(kCom1 + 3, 0x80);
    port_out8(kCom1, 1);  // 115200 baud
    port_out8(kCom1 + 1, 0);
    port_out8(kCom1 + 3, 3);  // 8 bits, no parity
}

static void put_number(void (*put)(char), uint32_t number) {
    if (number >= 10) put_number(put, number / 10);
    put((char)('0' + number % 10));
}

static void put_text(void (*put)(char), const char* text, uint32_t number) {
    for (; *text; text++) {
        if (*text == '#') {
            put_number(put, number);
        } else {
            put(*text);
        }
    }
}

_Noreturn void fail_number(const char* reason, uint32_t number) {
    void (*const outputs[])(char) = {screen_put, serial_put};
    serial_open();
    for (int i = 0; i < 2; i++) {
        put_text(outputs[i], "\r\nBareFlow: cannot boot: ", 0);
        put_text(outputs[i], reason, number);
        put_text(outputs[i], "\r\n", 0);
    }
    port_out8(kDebugExit, 1);
    for (;;) __asm__ volatile("cli; hlt");
}

_Noreturn void fail(const char* reason) { fail_number(reason, 0); }
