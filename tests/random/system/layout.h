// Addresses and offsets that the harness for privileged code (assembly) and the writer of its
// images (C++) share: plain numbers, so that the assembler takes this file too.
//
// A guest image, loaded at IMAGE_START:
//   harness | vector of S-mode | an area for each hart | pristine window | header, records
// PMP shows nothing of the harness and of the records; what else is shown a case says.
#pragma once

#define SYSTEM_VECTOR 0x80008000  // a page: 16 jumps to SYSTEM_VECTOR_BODY
#define SYSTEM_VECTOR_BODY 0x80008040
#define SYSTEM_HARNESS_SIZE 0x8000
#define SYSTEM_AREA 0x80010000
#define SYSTEM_AREA_SIZE 0x10000
#define SYSTEM_HARTS 4

// Parts of an area.
#define AREA_WINDOW 0x1000
#define AREA_WINDOW_SIZE 0x2000
#define AREA_CODE 0x4000
#define AREA_CODE_SIZE 0x2000
#define AREA_TABLES 0x7000  // page tables: the leaves first, a page for each level
#define AREA_STATE 0xd000

#define SYSTEM_PRISTINE 0x80060000
#define SYSTEM_HEADER 0x80200000
#define SYSTEM_RECORDS_SIZE 0x200000

// The header: slots of 8 bytes. 8 is HEADER_DUMP of layout.h.
#define SYSTEM_HARTS_USED 0
#define SYSTEM_COUNTS 16   // not 0: counts of instructions are part of the state
#define SYSTEM_ARRIVED 24  // at the barrier, ever
#define SYSTEM_PRINTING 32
#define SYSTEM_WATCHDOG 40  // ticks
#define SYSTEM_FIRST 64     // address of each hart's first record
#define SYSTEM_HEADER_SIZE 0x1000

// A record: slots of 8 bytes, then the code, which ends in an ecall.
#define RECORD_NEXT 0  // address, 0 behind the last one
#define RECORD_INDEX 8
#define RECORD_AREA 16   // address of the hart's area
#define RECORD_START 24  // where the code is put and starts
#define RECORD_STOP 32   // address of the closing ecall
#define RECORD_MSTATUS 40
#define RECORD_FLOATS 48  // fcsr
#define RECORD_TIMER 56   // ticks until the timer interrupts; then, and at 0, the watchdog's
#define RECORD_PMPCFG 64
#define RECORD_CSRS 72   // SYSTEM_CSRS in their order
#define RECORD_PTES 208  // addresses and values
#define RECORD_INTS 416
#define RECORD_FP 672
#define RECORD_CODE_BYTES 928

#define SYSTEM_CSR_COUNT 17
#define SYSTEM_PTE_COUNT 11
#define SYSTEM_CODE_BYTES 160  // that are copied and compared

// The state after a case: slots of 8 bytes, what is printed. The window and the code follow it.
#define SSTATE_X 0
#define SSTATE_F 256
#define SSTATE_FCSR 512
#define SSTATE_TRAPS 520
#define SSTATE_TRAP 528  // cause, epc, tval of each; bit 16 of the cause: S-mode took it
#define SSTATE_MAX_TRAPS 24
#define SSTATE_CSRS 1104
#define SSTATE_MSTATUS 1240
#define SSTATE_COUNT 1248  // a mixture of the instructions until each trap
#define SSTATE_PTES 1256
#define SSTATE_SIZE 1344
// Not printed.
#define SSTATE_RECORD 1400
#define SSTATE_BASE 1408      // minstret at the start
#define SSTATE_WATCHDOG 1416  // the timer is the watchdog
#define SSTATE_TURN 1424
#define SSTATE_ALL 1424  // cleared before a case

#define SYSTEM_MOST_TICKS 200  // until a timer interrupt
