// The text screen: 80 by 25 cells of a character and its colours at b8000h.
#include <stdint.h>

#include "ports.h"
#include "runtime.h"

enum {
    kColumns = 80,
    kRows = 25,
    kCells = kColumns * kRows,
    kTab = 8,
    kBlank = 0x0700 | ' ',  // light grey on black
    kIndex = 0x3d4,
    kValue = 0x3d5,
    kCursorStart = 0x0a,
    kCursorEnd = 0x0b,
    kStartHigh = 0x0c,
    kStartLow = 0x0d,
    kCursorHigh = 0x0e,
    kCursorLow = 0x0f,
};

static volatile uint16_t* const screen = (volatile uint16_t*)0xb8000;

// The screen's memory is slow: what it holds is kept here, and only cells that differ are written.
static struct {
    uint16_t cells[kCells];
    unsigned cursor;
} shown;

static void set_register(uint8_t index, uint8_t value) {
    port_out8(kIndex, index);
    port_out8(kValue, value);
}

static void set_cell(unsigned position, uint16_t cell) {
    if (shown.cells[position] == cell) return;
    shown.cells[position] = cell;
    screen[position] = cell;
}

static void move_cursor(void) {
    set_register(kCursorHigh, (uint8_t)(shown.cursor >> 8));
    set_register(kCursorLow, (uint8_t)shown.cursor);
}

void vga_init(void) {
    for (unsigned i = 0; i < kCells; i++) shown.cells[i] = screen[i] = kBlank;
    shown.cursor = 0;
    set_register(kStartHigh, 0);
    set_register(kStartLow, 0);
    set_register(kCursorStart, 13);
    set_register(kCursorEnd, 15);
    move_cursor();
}

static void scroll(void) {
    for (unsigned i = 0; i < kCells - kColumns; i++) set_cell(i, shown.cells[i + kColumns]);
    for (unsigned i = kCells - kColumns; i < kCells; i++) set_cell(i, kBlank);
    shown.cursor -= kColumns;
}

static void put(char character) {
    const unsigned column = shown.cursor % kColumns;
    switch (character) {
        case '\n':
            shown.cursor += kColumns - column;
            break;
        case '\r':
            shown.cursor -= column;
            break;
        case '\b':
            if (column > 0) shown.cursor--;
            break;
        case '\t':
            shown.cursor += kTab - column % kTab;
            break;
        default:
            set_cell(shown.cursor++, (uint16_t)(0x0700 | (uint8_t)character));
    }
    if (shown.cursor >= kCells) scroll();
}

void vga_puts(const char* text) {
    // An interrupt's handler may write, too.
    const bool enabled = interrupts_set(false);
    for (; *text; text++) put(*text);
    move_cursor();
    interrupts_set(enabled);
}
