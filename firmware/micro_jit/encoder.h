// A small machine that the generators write code for; encoder_rv64.c and encoder_x86.c put it into
// instructions. Registers are as wide as a pointer. No instruction's length depends on its
// operands, so that generating the same code twice at one place gives the same addresses.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum Register { kResult, kArgument, kA, kB, kC };

enum Condition { kIfZero, kIfNotZero, kIfNegative };

// A function of the machine, called from C.
typedef intptr_t (*Function)(intptr_t argument);

struct Code {
    uint8_t* at;
    uint8_t* end;  // writing beyond is a panic()
};

// A function that C calls: its argument is in kArgument; it returns kResult. The other registers
// may hold anything.
void emit_enter(struct Code* code);
void emit_leave(struct Code* code);

// A function that only generated code calls; all registers are shared.
void emit_subroutine_begin(struct Code* code);
void emit_subroutine_end(struct Code* code);
void emit_call(struct Code* code, const uint8_t* target);

void emit_push(struct Code* code, enum Register from);
void emit_pop(struct Code* code, enum Register to);

void emit_move(struct Code* code, enum Register to, enum Register from);
void emit_add(struct Code* code, enum Register to, enum Register from);
void emit_add_immediate(struct Code* code, enum Register to, int value);           // -2048 to 2047
void emit_and_immediate(struct Code* code, enum Register to, int value);           // -2048 to 2047
void emit_load_address(struct Code* code, enum Register to, const void* address);  // within 1 GiB
void emit_load(struct Code* code, enum Register to, enum Register address);
void emit_store(struct Code* code, enum Register from, enum Register address);

// Jumps to `target` when the register fulfils the condition. Targets that are not known yet: null
// now, and bind_branch() later with what this returned.
uint8_t* emit_branch(struct Code* code, enum Condition condition, enum Register tested,
                     const uint8_t* target);
void bind_branch(uint8_t* branch, const uint8_t* target);

// An instruction that loads a number, and its patching. kImmediateSize bytes from kImmediateOffset
// on are what changes with the number; it is -2048 to 2047 on every machine.
extern const size_t kLoadSize, kImmediateOffset, kImmediateSize;
uint8_t* emit_load_immediate(struct Code* code, enum Register to, int value);
void patch_immediate(uint8_t* load, int value);

// Code that does to `load`, a loading of kResult, what patch_immediate() does, with kA's value from
// 0 to 2047. Changes kB and kC. What must come between the patch and the patched instruction is
// emit_sync(): nothing where the architecture notices stores to code by itself.
void emit_patch(struct Code* code, const uint8_t* load);
void emit_sync(struct Code* code);

// Between patch_immediate() and running the code, for one whose architecture asks for it; else
// nothing.
void sync_if_needed(void* code, size_t size);
