// Addresses and offsets that the harness (assembly) and the writer of images (C++) share: plain
// numbers, so that the assembler takes this file too.
//
// A guest image, loaded at IMAGE_START:
//   harness code and data | pages with no rights | window | pristine window | header | records
// Below the harness sequences run in U-mode. The PMP shows them two things: the window (read and
// write), which loads and stores aim at, and the records (read and execute). What else they
// touch must fault.
#pragma once

#define IMAGE_START 0x80000000
#define WINDOW 0x80021000
#define WINDOW_SIZE 0x2000
// What every sequence finds in the window.
#define PRISTINE 0x80024000
#define HEADER 0x80030000
#define RECORDS_END 0x87000000

// The header: slots of 8 bytes.
#define HEADER_FIRST 0    // address of the first record
#define HEADER_DUMP 8     // not 0: print states, else their hashes
#define HEADER_FLOAT 16   // bytes of a floating-point register, or 0
#define HEADER_ATOMIC 24  // not 0: the A extension is there
#define HEADER_REPEAT 32  // how often each sequence runs from its initial state
#define HEADER_SIZE 4096

// A record: slots of 8 bytes, then the code, which ends in an ecall.
#define RECORD_NEXT 0  // address, 0 behind the last one
#define RECORD_CODE 8  // address of the first instruction
#define RECORD_END 16  // address of the closing ecall
#define RECORD_FCSR 24
#define RECORD_FS 32  // mstatus.FS
#define RECORD_X 40
#define RECORD_F 296
#define RECORD_SIZE 552

// The state after a sequence: slots of 8 bytes, followed by the window when it is printed.
#define STATE_X 0
#define STATE_F 256
#define STATE_FCSR 512
#define STATE_TRAPS 520  // how many were taken
#define STATE_TRAP 528   // cause, epc, tval of each
#define STATE_MAX_TRAPS 24
#define STATE_SIZE 1104
