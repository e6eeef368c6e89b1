// IA-32 and, with a REX.W prefix on what must be wide, x86-64. Encodings: Intel's "Software
// Developer's Manual, Volume 2". That stores to code need no synchronisation on the processor that
// does them: volume 3, section 11.6, "Self-Modifying Code".
#include "encoder.h"
#include "runtime.h"

enum { kEax = 0, kEcx = 1, kEdx = 2, kEbx = 3, kEsi = 6, kEdi = 7 };

static const uint8_t kNumbers[] = {
    [kResult] = kEax, [kArgument] = kEcx, [kA] = kEdx, [kB] = kEbx, [kC] = kEsi,
};

#ifdef __x86_64__
enum { kWide = 1, kRexW = 0x48 };
#else
enum { kWide = 0, kRexW = 0 };
#endif

enum { kModRegister = 0xc0, kModMemory = 0x00, kModOffset8 = 0x40, kRmAddress32 = 5, kRmSib = 4 };

// mov r/m, imm32
const size_t kLoadSize = 6 + kWide, kImmediateOffset = 2 + kWide, kImmediateSize = 4;

static void put8(struct Code* code, unsigned byte) {
    if (code->at == code->end) panic("micro_jit: no room for code");
    *code->at++ = (uint8_t)byte;
}

static void write32(uint8_t* at, uint32_t value) { memcpy(at, &value, sizeof value); }

static void put32(struct Code* code, uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) put8(code, value >> 8 * i);
}

static void put_opcode(struct Code* code, unsigned opcode, unsigned mod, unsigned reg,
                       unsigned rm) {
    if (kWide) put8(code, kRexW);
    put8(code, opcode);
    put8(code, mod | reg << 3 | rm);
}

// --- Functions -----------------------------------------------------------------------------------

void emit_push(struct Code* code, enum Register from) { put8(code, 0x50u + kNumbers[from]); }

void emit_pop(struct Code* code, enum Register to) { put8(code, 0x58u + kNumbers[to]); }

void emit_subroutine_begin(struct Code* code) { (void)code; }

void emit_subroutine_end(struct Code* code) { put8(code, 0xc3); }

// The registers that C wants back: System V ABI, i386 and x86-64.
void emit_enter(struct Code* code) {
    emit_push(code, kB);
    emit_push(code, kC);
    if (kWide) {
        put_opcode(code, 0x8b, kModRegister, kEcx, kEdi);
    } else {
        put_opcode(code, 0x8b, kModOffset8, kEcx, kRmSib);
        put8(code, 0x24);  // esp
        put8(code, 12);    // above the two registers and the return address
    }
}

void emit_leave(struct Code* code) {
    emit_pop(code, kC);
    emit_pop(code, kB);
    put8(code, 0xc3);
}

static uint32_t distance(const uint8_t* from, const void* to) {
    return (uint32_t)((uintptr_t)to - (uintptr_t)from);
}

void emit_call(struct Code* code, const uint8_t* target) {
    put8(code, 0xe8);
    put32(code, distance(code->at + 4, target));
}

// --- Operations ----------------------------------------------------------------------------------

void emit_move(struct Code* code, enum Register to, enum Register from) {
    put_opcode(code, 0x8b, kModRegister, kNumbers[to], kNumbers[from]);
}

void emit_add(struct Code* code, enum Register to, enum Register from) {
    put_opcode(code, 0x03, kModRegister, kNumbers[to], kNumbers[from]);
}

void emit_add_immediate(struct Code* code, enum Register to, int value) {
    put_opcode(code, 0x81, kModRegister, 0, kNumbers[to]);
    put32(code, (uint32_t)value);
}

void emit_and_immediate(struct Code* code, enum Register to, int value) {
    put_opcode(code, 0x81, kModRegister, 4, kNumbers[to]);
    put32(code, (uint32_t)value);
}

// An operand in memory at a fixed place: relative to the next instruction in long mode.
static void put_place(struct Code* code, unsigned opcode, enum Register reg, const void* address) {
    put_opcode(code, opcode, kModMemory, kNumbers[reg], kRmAddress32);
    put32(code, kWide ? distance(code->at + 4, address) : (uint32_t)(uintptr_t)address);
}

void emit_load_address(struct Code* code, enum Register to, const void* address) {
    put_place(code, 0x8d, to, address);
}

void emit_load(struct Code* code, enum Register to, enum Register address) {
    put_opcode(code, 0x8b, kModMemory, kNumbers[to], kNumbers[address]);
}

void emit_store(struct Code* code, enum Register from, enum Register address) {
    put_opcode(code, 0x89, kModMemory, kNumbers[from], kNumbers[address]);
}

uint8_t* emit_branch(struct Code* code, enum Condition condition, enum Register tested,
                     const uint8_t* target) {
    static const uint8_t kOpcodes[] = {0x84, 0x85, 0x88};  // jz, jnz, js
    put_opcode(code, 0x85, kModRegister, kNumbers[tested], kNumbers[tested]);
    put8(code, 0x0f);
    put8(code, kOpcodes[condition]);
    uint8_t* branch = code->at;
    put32(code, 0);
    if (target) bind_branch(branch, target);
    return branch;
}

void bind_branch(uint8_t* branch, const uint8_t* target) {
    write32(branch, distance(branch + 4, target));
}

// --- Patching ------------------------------------------------------------------------------------

uint8_t* emit_load_immediate(struct Code* code, enum Register to, int value) {
    uint8_t* load = code->at;
    put_opcode(code, 0xc7, kModRegister, 0, kNumbers[to]);
    put32(code, (uint32_t)value);
    return load;
}

void patch_immediate(uint8_t* load, int value) {
    write32(load + kImmediateOffset, (uint32_t)value);
}

// Only 32 bits are stored.
void emit_patch(struct Code* code, const uint8_t* load) {
    const uint8_t* address = load + kImmediateOffset;
    put8(code, 0x89);
    put8(code, kModMemory | kNumbers[kA] << 3 | kRmAddress32);
    put32(code, kWide ? distance(code->at + 4, address) : (uint32_t)(uintptr_t)address);
}

void emit_sync(struct Code* code) { (void)code; }

void sync_if_needed(void* code, size_t size) {
    (void)code;
    (void)size;
}
