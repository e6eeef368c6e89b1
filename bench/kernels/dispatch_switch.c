// Indirect jumps: a bytecode interpreter whose loop is one switch.
#include "bytecode.h"
#include "kernel.h"

static void run(uint64_t r[4]) {
    for (const struct Instruction* i = kProgram;; i++) {
        switch (i->operation) {
            case kSet:
                r[i->to] = i->left;
                break;
            case kMultiply:
                r[i->to] = r[i->left] * r[i->right];
                break;
            case kAdd:
                r[i->to] = r[i->left] + r[i->right];
                break;
            case kXor:
                r[i->to] = r[i->left] ^ r[i->right];
                break;
            case kShiftRight:
                r[i->to] = r[i->left] >> i->right;
                break;
            case kSkipIfEven:
                i += !(r[i->left] & 1);
                break;
            case kDecrement:
                r[i->to] = r[i->left] - 1;
                break;
            case kJumpIf:
                if (r[i->left]) i = kProgram + i->to - 1;
                break;
            default:
                return;
        }
    }
}

uint64_t kernel(void) {
    uint64_t r[4] = {0, 1, 2, 3};
    for (uint64_t round = 0; round < WORK; round++) run(r);
    return fold(r[1], r[3]);
}
