// From the processor's vectors to handlers.
#pragma once

#include "trap_frame.h"

enum { kExceptions = 32, kVectors = 48 };

// descriptors.c: loads the segment and interrupt descriptor tables.
void descriptors_init(void);

// vectors.S: kVectors entry points of 16 bytes each.
extern char vector_entries[];
enum { kVectorEntrySize = 16 };

// interrupts.c: called by the entry points with the interrupted program's registers.
void trap_handle(struct TrapFrame* frame);

// faults.c: prints what happened and ends the machine.
_Noreturn void fault_report(const struct TrapFrame* frame);
