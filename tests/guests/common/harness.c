#include "harness.h"

unsigned row;
uint32_t harts_released;

extern char stacks[];

void test(void);
__attribute__((weak)) void secondary(reg_t hart) { (void)hart; }

void start_secondary(reg_t hart) { secondary(hart); }

void release_harts(void) {
    asm volatile("fence" ::: "memory");
    *(volatile uint32_t*)&harts_released = 1;
}

void finish(unsigned code) {
    const uint32_t kPass = 0x5555;
    const uint32_t kFail = 0x3333;
    write32(FINISHER, code == 0 ? kPass : (code << 16 | kFail));
    halt();
}

void print(const char* text) {
    const uint8_t kTransmitterEmpty = 0x20;
    for (; *text != '\0'; ++text) {
        while ((read8(UART + 5) & kTransmitterEmpty) == 0) {
        }
        write8(UART, (uint8_t)*text);
    }
}

static void print_decimal(unsigned value) {
    char text[12];
    char* p = text + sizeof text - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(p);
}

void print_hex(uint64_t value) {
    char text[19] = "0x";
    char* p = text + 2;
    int shift = 60;
    while (shift > 0 && (value >> shift) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) *p++ = "0123456789abcdef"[(value >> shift) & 15];
    *p = '\0';
    print(text);
}

static void print_place(unsigned check, const char* file, unsigned line) {
    print("FAIL ");
    print_decimal(check);
    print(" ");
    print(file);
    print(":");
    print_decimal(line);
    print(" row ");
    print_decimal(row);
}

static void print_pair(const char* what, uint64_t got, uint64_t want) {
    print(what);
    print(" got ");
    print_hex(got);
    print(" want ");
    print_hex(want);
}

// The compiler calls these two for structures.
void* memset(void* to, int value, size_t size) {
    for (size_t i = 0; i < size; ++i) ((volatile uint8_t*)to)[i] = (uint8_t)value;
    return to;
}

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
    for (size_t i = 0; i < size; ++i) ((volatile uint8_t*)to)[i] = ((const uint8_t*)from)[i];
    return to;
}

static _Noreturn void fail(unsigned check) {
    print("\n");
    finish(check < 254 ? check : 254);
}

void check_eq(unsigned check, const char* file, unsigned line, uint64_t got, uint64_t want) {
    if (got == want) return;
    print_place(check, file, line);
    print_pair("", got, want);
    fail(check);
}

void check_trap(unsigned check, const char* file, unsigned line, const struct context* c,
                reg_t cause, const void* pc, reg_t tval) {
    if (c->cause == cause && c->pc == (reg_t)pc && c->tval == tval) return;
    print_place(check, file, line);
    print_pair(" cause", c->cause, cause);
    print_pair(" pc", c->pc, (reg_t)pc);
    print_pair(" tval", c->tval, tval);
    fail(check);
}

void check_illegal(unsigned check, const char* file, unsigned line, const struct context* c,
                   const void* pc) {
    uint32_t insn;
    memcpy(&insn, pc, sizeof insn);
    if ((insn & 3) != 3) insn &= 0xffff;
    check_trap(check, file, line, c, kIllegal, pc, c->tval == 0 ? 0 : insn);
}

void unexpected_trap(reg_t cause, reg_t epc, reg_t tval) {
    print("FAIL trap in the harness: cause ");
    print_hex(cause);
    print(" epc ");
    print_hex(epc);
    print(" tval ");
    print_hex(tval);
    print(" row ");
    print_decimal(row);
    print("\n");
    finish(255);
}

struct context run(enum mode mode, const void* fragment, reg_t a0, reg_t a1, reg_t a2, reg_t a3) {
    struct context c = {.pc = (reg_t)fragment, .mode = mode};
    c.x[kA0] = a0;
    c.x[kA1] = a1;
    c.x[kA2] = a2;
    c.x[kA3] = a3;
    enter(&c);
    return c;
}

FRAGMENT(word_slot, ".word 0");

void run_word(struct context* c, enum mode mode, uint32_t insn) {
    const uint32_t kCompressedNop = 0x0001;
    const int is_wide = (insn & 3) == 3;
    write32((reg_t)word_slot, is_wide ? insn : (kCompressedNop << 16 | (insn & 0xffff)));
    fence_i();
    c->pc = (reg_t)word_slot;
    c->mode = mode;
    enter(c);
}

FRAGMENT(return_to_harness, "");

reg_t call_in(enum mode mode, reg_t (*function)(reg_t), reg_t argument) {
    static uint8_t call_stacks[kMaxHarts][kStackSize] __attribute__((aligned(16)));
    struct context c = {.pc = (reg_t)function, .mode = mode};
    c.x[kA0] = argument;
    c.x[kRa] = (reg_t)return_to_harness;
    c.x[kSp] = (reg_t)call_stacks[CSR_READ(mhartid) + 1];
    enter(&c);
    if (c.cause != ecall_of(mode)) unexpected_trap(c.cause, c.pc, c.tval);
    return c.x[kA0];
}

// Every mode may touch all of memory until a test says otherwise.
static void open_memory(void) {
    const unsigned kNapotRwx = 0x1f;
    CSR_WRITE(pmpaddr0, -1);
    CSR_WRITE(pmpcfg0, kNapotRwx);
}

void set_mtimecmp(unsigned hart, uint64_t value) {
    const reg_t address = CLINT + 0x4000 + 8 * hart;
    write32(address + 4, 0xffffffff);  // never early while the halves differ
    write32(address, (uint32_t)value);
    write32(address + 4, (uint32_t)(value >> 32));
}

uint64_t mtime(void) {
    const reg_t address = CLINT + 0xbff8;
    for (;;) {
        const uint32_t high = read32(address + 4), low = read32(address);
        if (read32(address + 4) == high) return (uint64_t)high << 32 | low;
    }
}

void start_program(void) {
    open_memory();
    set_mtimecmp(0, (uint64_t)-1);
    test();
    finish(0);
}
