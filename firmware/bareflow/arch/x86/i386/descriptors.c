// Segments, task state segments and gates: Intel SDM volume 3, sections 3.4.5, 6.11, 7.2.
#include <stdint.h>

#include "traps.h"

enum {
    kCode = 0x08,
    kData = 0x10,
    kTask = 0x18,
    kDoubleFaultTask = 0x20,
    kInterruptGate = 0x8e,
    kTaskGate = 0x85,
    kDoubleFault = 8,
    kFaultStackSize = 16384,
};

struct Task {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3;
    uint32_t eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, io_map;
};

struct TablePointer {
    uint16_t limit;
    uint32_t address;
} __attribute__((packed));

void double_fault_entry(void);
_Noreturn void double_fault_report(void);

static uint64_t segments[5] = {0, 0x00cf9a000000ffff, 0x00cf92000000ffff};

// The program's task only takes up the registers when the processor switches to the other one: a
// double fault means that the program's stack cannot even take an exception's frame.
static struct Task program_task, fault_task;
static char fault_stack[kFaultStackSize] __attribute__((aligned(16)));

static struct {
    uint16_t offset_low, selector;
    uint8_t unused, type;
    uint16_t offset_high;
} gates[kVectors];

static uint64_t task_descriptor(const struct Task* task) {
    const uint64_t address = (uintptr_t)task;
    return (sizeof *task - 1) | (address & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
           (address >> 24) << 56;
}

static void set_tasks(void) {
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    fault_task = (struct Task){
        .cr3 = cr3,
        .eip = (uintptr_t)double_fault_entry,
        .eflags = 2,
        .esp = (uintptr_t)fault_stack + sizeof fault_stack,
        .es = kData,
        .cs = kCode,
        .ss = kData,
        .ds = kData,
        .fs = kData,
        .gs = kData,
        .io_map = sizeof fault_task,
    };
    program_task.cr3 = cr3;
    program_task.io_map = sizeof program_task;
    segments[kTask / 8] = task_descriptor(&program_task);
    segments[kDoubleFaultTask / 8] = task_descriptor(&fault_task);
}

static void set_gates(void) {
    for (unsigned vector = 0; vector < kVectors; vector++) {
        const uint32_t address = (uintptr_t)vector_entries + vector * kVectorEntrySize;
        gates[vector].offset_low = (uint16_t)address;
        gates[vector].offset_high = (uint16_t)(address >> 16);
        gates[vector].selector = kCode;
        gates[vector].type = kInterruptGate;
    }
    gates[kDoubleFault].selector = kDoubleFaultTask;
    gates[kDoubleFault].type = kTaskGate;
}

void descriptors_init(void) {
    set_tasks();
    set_gates();
    const struct TablePointer segment_table = {sizeof segments - 1, (uintptr_t)segments};
    const struct TablePointer gate_table = {sizeof gates - 1, (uintptr_t)gates};
    __asm__ volatile(
        "lgdt %0; lidt %1; ljmp %2, $1f; 1:\n"
        "mov %w3, %%ds; mov %w3, %%es; mov %w3, %%fs; mov %w3, %%gs; mov %w3, %%ss; ltr %w4"
        :
        : "m"(segment_table), "m"(gate_table), "i"(kCode), "r"(kData), "r"(kTask)
        : "memory");
}

_Noreturn void double_fault_report(void) {
    const struct Task* task = &program_task;
    const struct TrapFrame frame = {
        .edi = task->edi,
        .esi = task->esi,
        .ebp = task->ebp,
        .esp = task->esp,
        .ebx = task->ebx,
        .edx = task->edx,
        .ecx = task->ecx,
        .eax = task->eax,
        .vector = kDoubleFault,
        .pc = task->eip,
        .cs = task->cs,
        .flags = task->eflags,
    };
    fault_report(&frame);
}
