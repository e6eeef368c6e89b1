// Segments, the task state segment and interrupt gates: Intel SDM volume 3,
// sections 3.4.5, 6.14, 7.7.
#include <stdint.h>

#include "traps.h"

enum {
    kCode = 0x08,
    kTask = 0x18,
    kInterruptGate = 0x8e,
    kFaultStack = 1,
    kFaultStackSize = 16384
};

// start.S enters long mode with the first three.
uint64_t descriptor_table[5] = {0, 0x00af9a000000ffff, 0x00cf92000000ffff};

static struct {
    uint32_t unused;
    uint64_t stacks[3];
    uint64_t unused2;
    uint64_t interrupt_stacks[7];
    uint64_t unused3;
    uint16_t unused4, io_map;
} __attribute__((packed)) task;

static struct {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, unused;
} gates[kVectors];

struct TablePointer {
    uint16_t limit;
    uint64_t address;
} __attribute__((packed));

// Exceptions have a stack of their own: the program's may be what is wrong.
static char fault_stack[kFaultStackSize] __attribute__((aligned(16)));

static void set_task(void) {
    const uint64_t address = (uintptr_t)&task;
    task.interrupt_stacks[kFaultStack - 1] = (uintptr_t)fault_stack + sizeof fault_stack;
    task.io_map = sizeof task;
    descriptor_table[3] = (sizeof task - 1) | (address & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
                          (address >> 24 & 0xff) << 56;
    descriptor_table[4] = address >> 32;
}

static void set_gate(unsigned vector) {
    const uint64_t address = (uintptr_t)vector_entries + vector * kVectorEntrySize;
    gates[vector].offset_low = (uint16_t)address;
    gates[vector].offset_middle = (uint16_t)(address >> 16);
    gates[vector].offset_high = (uint32_t)(address >> 32);
    gates[vector].selector = kCode;
    gates[vector].type = kInterruptGate;
    gates[vector].stack = vector < kExceptions ? kFaultStack : 0;
}

void descriptors_init(void) {
    set_task();
    for (unsigned vector = 0; vector < kVectors; vector++) set_gate(vector);
    const struct TablePointer segments = {sizeof descriptor_table - 1, (uintptr_t)descriptor_table};
    const struct TablePointer interrupts = {sizeof gates - 1, (uintptr_t)gates};
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     :
                     : "m"(segments), "m"(interrupts), "r"(kTask)
                     : "memory");
}
