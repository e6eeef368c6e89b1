#include "console.h"

#include "platform.h"
#include "runtime.h"

void console_write(const char* text) {
    serial_puts(text);
    if (platform_has_screen()) vga_puts(text);
}

int putchar(int character) {
    char text[2] = {(char)character, 0};
    console_write(text);
    return (unsigned char)character;
}

int puts(const char* text) {
    console_write(text);
    console_write("\n");
    return 0;
}

int keyboard_poll(void) {
    int character = platform_console_poll();
    return character == '\r' ? '\n' : character;
}

int keyboard_getchar(void) {
    // No interrupt is taken between the look and the wait, so one that comes then ends the wait.
    bool enabled = interrupts_set(false);
    int character;
    while ((character = keyboard_poll()) < 0) platform_wait();
    interrupts_set(enabled);
    return character;
}

enum { kControlD = 4, kBackspace = 8, kControlU = 21, kDelete = 127 };

static void rub_out(void) { console_write("\b \b"); }

int console_read_line(char* line, size_t size) {
    size_t length = 0;
    for (;;) {
        int character = keyboard_getchar();
        if (character == '\n') break;
        if (character == kControlD && !length) return -1;
        if ((character == kBackspace || character == kDelete) && length) {
            --length;
            rub_out();
        } else if (character == kControlU) {
            for (; length; --length) rub_out();
        } else if (character >= ' ' && character != kDelete && length + 1 < size) {
            line[length++] = (char)character;
            putchar(character);
        }
    }
    putchar('\n');
    if (size) line[length] = 0;
    return (int)length;
}
