#include "functions.h"

enum { kWordSize = sizeof(intptr_t) };

void build_constant(struct Code* code, int value, uint8_t** load) {
    emit_enter(code);
    *load = emit_load_immediate(code, kResult, value);
    emit_leave(code);
}

void build_sum(struct Code* code) {
    emit_enter(code);
    emit_load_immediate(code, kResult, 0);
    const uint8_t* loop = code->at;
    emit_add(code, kResult, kArgument);
    emit_add_immediate(code, kArgument, -1);
    emit_branch(code, kIfNotZero, kArgument, loop);
    emit_leave(code);
}

void build_fibonacci_loop(struct Code* code) {
    emit_enter(code);
    emit_load_immediate(code, kResult, 0);
    emit_load_immediate(code, kA, 1);
    uint8_t* zero = emit_branch(code, kIfZero, kArgument, NULL);
    const uint8_t* loop = code->at;
    emit_move(code, kB, kA);
    emit_add(code, kA, kResult);
    emit_move(code, kResult, kB);
    emit_add_immediate(code, kArgument, -1);
    emit_branch(code, kIfNotZero, kArgument, loop);
    bind_branch(zero, code->at);
    emit_leave(code);
}

static void build_fibonacci_subroutine(struct Code* code) {
    const uint8_t* self = code->at;
    emit_subroutine_begin(code);
    emit_move(code, kResult, kArgument);
    emit_move(code, kA, kArgument);
    emit_add_immediate(code, kA, -2);
    uint8_t* below_two = emit_branch(code, kIfNegative, kA, NULL);
    emit_push(code, kArgument);
    emit_add_immediate(code, kArgument, -1);
    emit_call(code, self);
    emit_pop(code, kArgument);
    emit_push(code, kResult);
    emit_add_immediate(code, kArgument, -2);
    emit_call(code, self);
    emit_pop(code, kA);
    emit_add(code, kResult, kA);
    bind_branch(below_two, code->at);
    emit_subroutine_end(code);
}

uint8_t* build_fibonacci_recursive(struct Code* code) {
    const uint8_t* subroutine = code->at;
    build_fibonacci_subroutine(code);
    uint8_t* entry = code->at;
    emit_enter(code);
    emit_call(code, subroutine);
    emit_leave(code);
    return entry;
}

void build_counter(struct Code* code, const intptr_t* data) {
    emit_enter(code);
    emit_load_address(code, kA, data);
    emit_load(code, kResult, kA);
    emit_add_immediate(code, kResult, 1);
    emit_store(code, kResult, kA);
    emit_leave(code);
}

static void store_seen(struct Code* code) {
    emit_add_immediate(code, kArgument, kWordSize);
    emit_store(code, kResult, kArgument);
    emit_add_immediate(code, kArgument, kWordSize);
}

uint8_t* build_patch_ahead(struct Code* code, const uint8_t* load) {
    emit_enter(code);
    const uint8_t* loop = code->at;
    emit_load(code, kA, kArgument);
    uint8_t* end = emit_branch(code, kIfNegative, kA, NULL);
    emit_patch(code, load);
    emit_sync(code);
    uint8_t* patched = emit_load_immediate(code, kResult, 0);
    store_seen(code);
    emit_branch(code, kIfNotZero, kArgument, loop);
    bind_branch(end, code->at);
    emit_leave(code);
    return patched;
}

uint8_t* build_patch_behind(struct Code* code) {
    emit_enter(code);
    uint8_t* patched = emit_load_immediate(code, kResult, 0);
    emit_load(code, kA, kArgument);
    uint8_t* end = emit_branch(code, kIfNegative, kA, NULL);
    store_seen(code);
    emit_patch(code, patched);
    emit_sync(code);
    emit_branch(code, kIfNotZero, kArgument, patched);
    bind_branch(end, code->at);
    emit_leave(code);
    return patched;
}
