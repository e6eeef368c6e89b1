// Commands: Intel 8259A data sheet.
#include "pic.h"

#include "ports.h"

enum {
    kFirstCommand = 0x20,
    kFirstData = 0x21,
    kSecondCommand = 0xa0,
    kSecondData = 0xa1,
    kCascadeLine = 2,
};

enum {
    kInitialise = 0x11,  // ICW1: edge triggered, cascaded, ICW4 follows
    kMode8086 = 0x01,    // ICW4
    kReadInService = 0x0b,
    kEndOfInterrupt = 0x20,
};

void pic_init(void) {
    port_out8(kFirstCommand, kInitialise);
    port_out8(kSecondCommand, kInitialise);
    port_out8(kFirstData, kPicFirstVector);
    port_out8(kSecondData, kPicFirstVector + 8);
    port_out8(kFirstData, 1 << kCascadeLine);
    port_out8(kSecondData, kCascadeLine);
    port_out8(kFirstData, kMode8086);
    port_out8(kSecondData, kMode8086);
    port_out8(kFirstData, (uint8_t) ~(1 << kCascadeLine));
    port_out8(kSecondData, 0xff);
}

void pic_unmask(unsigned line) {
    const uint16_t port = line < 8 ? kFirstData : kSecondData;
    port_out8(port, (uint8_t)(port_in8(port) & ~(1u << (line & 7))));
}

bool pic_is_genuine(unsigned line) {
    if ((line & 7) != 7) return true;
    const uint16_t port = line < 8 ? kFirstCommand : kSecondCommand;
    port_out8(port, kReadInService);
    if (port_in8(port) & 0x80) return true;
    // The first controller did see the second one's request.
    if (line > 7) port_out8(kFirstCommand, kEndOfInterrupt);
    return false;
}

void pic_acknowledge(unsigned line) {
    if (line > 7) port_out8(kSecondCommand, kEndOfInterrupt);
    port_out8(kFirstCommand, kEndOfInterrupt);
}
