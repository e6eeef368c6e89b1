// The PS/2 keyboard behind an 8042 controller that translates to scan code set 1.
#include "keyboard.h"

#include <stdbool.h>
#include <stddef.h>

#include "ports.h"
#include "runtime.h"

enum {
    kData = 0x60,
    kStatus = 0x64,
    kOutputFull = 1,
    kInputFull = 2,
    kReadConfiguration = 0x20,
    kWriteConfiguration = 0x60,
    kConfigurationInterrupt = 0x01,
    kConfigurationClockOff = 0x10,
    kConfigurationTranslate = 0x40,
    kKeyboardLine = 1,
    kNoController = 0xff,
};

enum {
    kCodeControl = 0x1d,
    kCodeLeftShift = 0x2a,
    kCodeRightShift = 0x36,
    kCodeCapsLock = 0x3a,
    kCodeReleased = 0x80,
    kCodeExtended = 0xe0,
    kCodePause = 0xe1,  // two more codes follow
    kCodeEnter = 0x1c,
    kCodeSlash = 0x35,
};

// US layout, codes 0 to 0x39, then the keypad as digits.
static const char plain[0x54] =
    "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";
static const char shifted[0x54] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";

enum { kRingSize = 128 };

static struct {
    bool left_shift, right_shift, control, caps_lock, extended;
    unsigned skip;
    // `head` and `tail` count without bound; their difference is how much is in the ring.
    volatile unsigned head, tail;
    char ring[kRingSize];
} keyboard;

static void put(char character) {
    if (keyboard.head - keyboard.tail == kRingSize) return;
    keyboard.ring[keyboard.head % kRingSize] = character;
    keyboard.head++;
}

int keyboard_take(void) {
    if (keyboard.head == keyboard.tail) return -1;
    const char character = keyboard.ring[keyboard.tail % kRingSize];
    keyboard.tail++;
    return (unsigned char)character;
}

static bool is_letter(char character) {
    return (character | 0x20) >= 'a' && (character | 0x20) <= 'z';
}

static void press(uint8_t code) {
    if (code >= sizeof plain) return;
    bool shift = keyboard.left_shift || keyboard.right_shift;
    if (keyboard.caps_lock && is_letter(plain[code])) shift = !shift;
    char character = shift ? shifted[code] : plain[code];
    if (keyboard.control) character = is_letter(character) ? (char)(character & 0x1f) : '\0';
    if (character) put(character);
}

// True for a key that only changes the state of others.
static bool modify(uint8_t code, bool pressed) {
    switch (code) {
        case kCodeLeftShift:
            keyboard.left_shift = pressed;
            return true;
        case kCodeRightShift:
            keyboard.right_shift = pressed;
            return true;
        case kCodeControl:
            keyboard.control = pressed;
            return true;
        case kCodeCapsLock:
            keyboard.caps_lock ^= pressed;
            return true;
        default:
            return false;
    }
}

// After the prefix: the right control key, and of the others the two that have a character.
static void extended_key(uint8_t code, bool pressed) {
    if (code == kCodeControl) modify(code, pressed);
    if (pressed && (code == kCodeEnter || code == kCodeSlash)) press(code);
}

static void receive(uint8_t code) {
    if (keyboard.skip > 0) {
        keyboard.skip--;
        return;
    }
    if (code == kCodePause) {
        keyboard.skip = 2;
        return;
    }
    if (code == kCodeExtended) {
        keyboard.extended = true;
        return;
    }
    const bool pressed = !(code & kCodeReleased);
    const bool extended = keyboard.extended;
    keyboard.extended = false;
    code &= (uint8_t)~kCodeReleased;
    if (extended) {
        extended_key(code, pressed);
    } else if (!modify(code, pressed) && pressed) {
        press(code);
    }
}

static void drain(void) {
    for (int i = 0; i < 16 && (port_in8(kStatus) & kOutputFull); i++) port_in8(kData);
}

static void on_interrupt(unsigned line) {
    (void)line;
    if (port_in8(kStatus) & kOutputFull) receive(port_in8(kData));
}

static bool wait_for(uint8_t mask, uint8_t value) {
    for (int tries = 0; tries < 100000; tries++) {
        if ((port_in8(kStatus) & mask) == value) return true;
    }
    return false;
}

static void command(uint8_t byte, uint16_t port) {
    wait_for(kInputFull, 0);
    port_out8(port, byte);
}

void keyboard_init(void) {
    if (port_in8(kStatus) == kNoController) return;
    drain();
    command(kReadConfiguration, kStatus);
    if (!wait_for(kOutputFull, kOutputFull)) return;
    uint8_t configuration = port_in8(kData);
    configuration |= kConfigurationInterrupt | kConfigurationTranslate;
    configuration &= (uint8_t)~kConfigurationClockOff;
    command(kWriteConfiguration, kStatus);
    command(configuration, kData);
    interrupt_register(kKeyboardLine, on_interrupt);
}
