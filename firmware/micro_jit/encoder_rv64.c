// RV64I, at even addresses as the extension C allows. Encodings: "The RISC-V Instruction Set
// Manual, Volume I", chapters RV32I, RV64I, Zifencei.
#include "encoder.h"
#include "micro_jit.h"
#include "runtime.h"

enum { kZero = 0, kLink = 1, kStack = 2, kA0 = 10 };

static const uint8_t kNumbers[] = {
    [kResult] = kA0, [kArgument] = 5, [kA] = 6, [kB] = 7, [kC] = 28,
};

const size_t kLoadSize = 4, kImmediateOffset = 2, kImmediateSize = 2;

enum Opcode {
    kOpLoad = 0x03,
    kOpMiscMem = 0x0f,
    kOpImmediate = 0x13,
    kOpAuipc = 0x17,
    kOpStore = 0x23,
    kOpRegister = 0x33,
    kOpLui = 0x37,
    kOpBranch = 0x63,
    kOpJalr = 0x67,
    kOpJal = 0x6f,
};

enum Funct3 {
    kAddOrSub = 0,
    kShiftLeft = 1,
    kShiftRight = 5,
    kOr = 6,
    kAnd = 7,
    kHalf = 1,
    kWord = 2,
    kDouble = 3,
    kEqual = 0,
    kNotEqual = 1,
    kLess = 4,
    kFenceI = 1,
};

// --- Formats -------------------------------------------------------------------------------------

// Instructions are at even addresses only: a 32-bit one is written as two halves.
static void write32(uint8_t* at, uint32_t word) {
    ((uint16_t*)at)[0] = (uint16_t)word;
    ((uint16_t*)at)[1] = (uint16_t)(word >> 16);
}

static uint32_t read32(const uint8_t* at) {
    return ((const uint16_t*)at)[0] | (uint32_t)((const uint16_t*)at)[1] << 16;
}

static void put32(struct Code* code, uint32_t word) {
    if (code->end - code->at < 4) panic("micro_jit: no room for code");
    write32(code->at, word);
    code->at += 4;
}

static uint32_t i_type(enum Opcode opcode, unsigned to, enum Funct3 funct3, unsigned from,
                       int immediate) {
    return opcode | to << 7 | (uint32_t)funct3 << 12 | from << 15 | (uint32_t)immediate << 20;
}

static uint32_t r_type(unsigned to, enum Funct3 funct3, unsigned left, unsigned right) {
    return kOpRegister | to << 7 | (uint32_t)funct3 << 12 | left << 15 | right << 20;
}

static uint32_t s_type(enum Funct3 funct3, unsigned base, unsigned from, int offset) {
    return kOpStore | ((uint32_t)offset & 31) << 7 | (uint32_t)funct3 << 12 | base << 15 |
           from << 20 | (uint32_t)offset >> 5 << 25;
}

static uint32_t branch_offset(int32_t offset) {
    uint32_t bits = (uint32_t)offset;
    return (bits >> 11 & 1) << 7 | (bits >> 1 & 15) << 8 | (bits >> 5 & 63) << 25 |
           (bits >> 12 & 1) << 31;
}

static uint32_t jump_offset(int32_t offset) {
    uint32_t bits = (uint32_t)offset;
    return (bits >> 12 & 255) << 12 | (bits >> 11 & 1) << 20 | (bits >> 1 & 1023) << 21 |
           (bits >> 20 & 1) << 31;
}

static int32_t distance(const uint8_t* from, const void* to) {
    return (int32_t)((const uint8_t*)to - from);
}

// --- Functions -----------------------------------------------------------------------------------

static void push(struct Code* code, unsigned number) {
    put32(code, i_type(kOpImmediate, kStack, kAddOrSub, kStack, -16));
    put32(code, s_type(kDouble, kStack, number, 0));
}

static void pop(struct Code* code, unsigned number) {
    put32(code, i_type(kOpLoad, number, kDouble, kStack, 0));
    put32(code, i_type(kOpImmediate, kStack, kAddOrSub, kStack, 16));
}

void emit_push(struct Code* code, enum Register from) { push(code, kNumbers[from]); }

void emit_pop(struct Code* code, enum Register to) { pop(code, kNumbers[to]); }

void emit_subroutine_begin(struct Code* code) { push(code, kLink); }

void emit_subroutine_end(struct Code* code) {
    pop(code, kLink);
    put32(code, i_type(kOpJalr, kZero, kAddOrSub, kLink, 0));
}

void emit_enter(struct Code* code) {
    emit_subroutine_begin(code);
    put32(code, i_type(kOpImmediate, kNumbers[kArgument], kAddOrSub, kA0, 0));
}

void emit_leave(struct Code* code) { emit_subroutine_end(code); }

void emit_call(struct Code* code, const uint8_t* target) {
    put32(code, kOpJal | kLink << 7 | jump_offset(distance(code->at, target)));
}

// --- Operations ----------------------------------------------------------------------------------

void emit_move(struct Code* code, enum Register to, enum Register from) {
    put32(code, i_type(kOpImmediate, kNumbers[to], kAddOrSub, kNumbers[from], 0));
}

void emit_add(struct Code* code, enum Register to, enum Register from) {
    put32(code, r_type(kNumbers[to], kAddOrSub, kNumbers[to], kNumbers[from]));
}

void emit_add_immediate(struct Code* code, enum Register to, int value) {
    put32(code, i_type(kOpImmediate, kNumbers[to], kAddOrSub, kNumbers[to], value));
}

void emit_and_immediate(struct Code* code, enum Register to, int value) {
    put32(code, i_type(kOpImmediate, kNumbers[to], kAnd, kNumbers[to], value));
}

// The low 12 bits are added with their sign, so the high part is rounded.
static void put_high_and_low(struct Code* code, enum Opcode opcode, unsigned to, int32_t value) {
    uint32_t high = ((uint32_t)value + 0x800) & 0xfffff000;
    put32(code, opcode | to << 7 | high);
    put32(code, i_type(kOpImmediate, to, kAddOrSub, to, (int32_t)((uint32_t)value - high)));
}

void emit_load_address(struct Code* code, enum Register to, const void* address) {
    put_high_and_low(code, kOpAuipc, kNumbers[to], distance(code->at, address));
}

void emit_load(struct Code* code, enum Register to, enum Register address) {
    put32(code, i_type(kOpLoad, kNumbers[to], kDouble, kNumbers[address], 0));
}

void emit_store(struct Code* code, enum Register from, enum Register address) {
    put32(code, s_type(kDouble, kNumbers[address], kNumbers[from], 0));
}

uint8_t* emit_branch(struct Code* code, enum Condition condition, enum Register tested,
                     const uint8_t* target) {
    static const enum Funct3 kFunct3[] = {kEqual, kNotEqual, kLess};
    uint8_t* branch = code->at;
    put32(code, kOpBranch | (uint32_t)kFunct3[condition] << 12 | (uint32_t)kNumbers[tested] << 15);
    if (target) bind_branch(branch, target);
    return branch;
}

void bind_branch(uint8_t* branch, const uint8_t* target) {
    write32(branch, read32(branch) | branch_offset(distance(branch, target)));
}

// --- Patching ------------------------------------------------------------------------------------

static uint32_t load_immediate(enum Register to, int value) {
    return i_type(kOpImmediate, kNumbers[to], kAddOrSub, kZero, value);
}

uint8_t* emit_load_immediate(struct Code* code, enum Register to, int value) {
    uint8_t* load = code->at;
    put32(code, load_immediate(to, value));
    return load;
}

void patch_immediate(uint8_t* load, int value) {
    write32(load, (read32(load) & 0xfffff) | (uint32_t)value << 20);
}

static void put_nop(struct Code* code) {
    put32(code, i_type(kOpImmediate, kZero, kAddOrSub, kZero, 0));
}

void emit_patch(struct Code* code, const uint8_t* load) {
    const unsigned word = kNumbers[kB];
    const unsigned other = kNumbers[kC];
    put32(code, i_type(kOpImmediate, word, kShiftLeft, kNumbers[kA], 20));
    put_high_and_low(code, kOpLui, other, (int32_t)load_immediate(kResult, 0));
    put32(code, r_type(word, kOr, word, other));
    emit_load_address(code, kC, load);
    if ((uintptr_t)load % 4 == 0) {
        put_nop(code);  // as long as the other way
        put_nop(code);
        put32(code, s_type(kWord, other, word, 0));
        return;
    }
    put32(code, s_type(kHalf, other, word, 0));
    put32(code, i_type(kOpImmediate, word, kShiftRight, word, 16));
    put32(code, s_type(kHalf, other, word, 2));
}

void emit_sync(struct Code* code) { put32(code, kOpMiscMem | (uint32_t)kFenceI << 12); }

void sync_if_needed(void* code, size_t size) { jit_sync_code(code, size); }
