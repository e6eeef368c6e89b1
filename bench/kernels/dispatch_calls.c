// Indirect calls: the same bytecode, one function an operation, called through a table.
#include "bytecode.h"
#include "kernel.h"

typedef const struct Instruction* Cursor;
typedef Cursor (*Handler)(Cursor i, uint64_t* r);

static Cursor set(Cursor i, uint64_t* r) {
    r[i->to] = i->left;
    return i + 1;
}
static Cursor multiply(Cursor i, uint64_t* r) {
    r[i->to] = r[i->left] * r[i->right];
    return i + 1;
}
static Cursor add(Cursor i, uint64_t* r) {
    r[i->to] = r[i->left] + r[i->right];
    return i + 1;
}
static Cursor exclusive_or(Cursor i, uint64_t* r) {
    r[i->to] = r[i->left] ^ r[i->right];
    return i + 1;
}
static Cursor shift_right(Cursor i, uint64_t* r) {
    r[i->to] = r[i->left] >> i->right;
    return i + 1;
}
static Cursor skip_if_even(Cursor i, uint64_t* r) { return i + 1 + !(r[i->left] & 1); }
static Cursor decrement(Cursor i, uint64_t* r) {
    r[i->to] = r[i->left] - 1;
    return i + 1;
}
static Cursor jump_if(Cursor i, uint64_t* r) { return r[i->left] ? kProgram + i->to : i + 1; }
static Cursor halt(Cursor i, uint64_t* r) {
    (void)i, (void)r;
    return 0;
}

static const Handler handlers[] = {
    [kSet] = set,
    [kMultiply] = multiply,
    [kAdd] = add,
    [kXor] = exclusive_or,
    [kShiftRight] = shift_right,
    [kSkipIfEven] = skip_if_even,
    [kDecrement] = decrement,
    [kJumpIf] = jump_if,
    [kHalt] = halt,
};

uint64_t kernel(void) {
    uint64_t r[4] = {0, 1, 2, 3};
    for (uint64_t round = 0; round < WORK; round++) {
        for (Cursor i = kProgram; i;) i = handlers[i->operation](i, r);
    }
    return fold(r[1], r[3]);
}
