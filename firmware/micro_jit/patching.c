// Self-modifying code, in the ways that an emulator may get wrong.
#include "checks.h"
#include "functions.h"
#include "micro_jit.h"
#include "runtime.h"

enum { kSteps = 10000, kFewSteps = 1000, kPage = 4096, kLargestImmediate = 2047 };

static struct Step* steps;  // kSteps, and one to end them

static int value_of(unsigned i) { return (int)(i * 1237 & kLargestImmediate); }

static void prepare_steps(unsigned count) {
    if (!steps) steps = malloc((kSteps + 1) * sizeof *steps);
    if (!steps) panic("micro_jit: no memory for the steps");
    for (unsigned i = 0; i < count; ++i) steps[i] = (struct Step){.value = value_of(i), .seen = -1};
    steps[count].value = -1;
}

static int steps_done(unsigned count) {
    int done = 0;
    for (unsigned i = 0; i < count; ++i) done += steps[i].seen != -1;
    return done;
}

// How many steps did not see what the step `delay` before had; before the first that is 0.
static unsigned wrong_steps(unsigned count, unsigned delay) {
    unsigned wrong = 0;
    for (unsigned i = 0; i < count; ++i)
        wrong += steps[i].seen != (i < delay ? 0 : steps[i - delay].value);
    return wrong;
}

// --- Patched from C ------------------------------------------------------------------------------

static unsigned patch_and_call(Function function, uint8_t* load, unsigned count) {
    unsigned wrong = 0;
    for (unsigned i = 0; i < count; ++i) {
        patch_immediate(load, value_of(i));
        sync_if_needed(load, kLoadSize);
        wrong += function(0) != value_of(i);
    }
    return wrong;
}

// One byte of the instruction changes, and changes back.
static unsigned patch_bytes(Function function, uint8_t* load, unsigned count) {
    uint8_t* byte = load + kImmediateOffset + (kImmediateSize == 2);
    patch_immediate(load, 0);
    sync_if_needed(load, kLoadSize);
    const intptr_t unit = kImmediateSize == 2 ? 16 : 1;  // that byte's place in the number
    unsigned wrong = 0;
    for (unsigned i = 0; i < count; ++i) {
        *byte = i & 0x7f;
        sync_if_needed(load, kLoadSize);
        wrong += function(0) != (intptr_t)(i & 0x7f) * unit;
    }
    return wrong;
}

static void check_patched_by_caller(void) {
    struct Code code = allocate_code(256);
    uint8_t* const start = code.at;
    uint8_t* load;
    build_constant(&code, 0, &load);
    const Function function = finish(start, &code);
    report("patched by the caller wrong", patch_and_call(function, load, kSteps), 0);
    report("patched by byte wrong", patch_bytes(function, load, kSteps), 0);
    jit_free_code(start);
}

// --- Patched by itself ---------------------------------------------------------------------------

// Builds at `code`, whose memory it is the caller's to give. How far from the start the instruction
// is does not depend on its address, so a first build tells it.
static Function build_ahead(struct Code code, uint8_t** load) {
    struct Code first = code;
    uint8_t* const start = code.at;
    *load = build_patch_ahead(&first, start);
    *load = build_patch_ahead(&code, *load);
    return finish(start, &code);
}

static void check_ahead(void) {
    struct Code code = allocate_code(512);
    uint8_t* load;
    const Function function = build_ahead(code, &load);
    prepare_steps(kSteps);
    function((intptr_t)steps);
    report("hot loop patches ahead", steps_done(kSteps), 10000);
    report("hot loop patches ahead wrong", wrong_steps(kSteps, 0), 0);
    jit_free_code(code.at);
}

static void check_behind(void) {
    struct Code code = allocate_code(512);
    uint8_t* const start = code.at;
    build_patch_behind(&code);
    prepare_steps(kSteps);
    finish(start, &code)((intptr_t)steps);
    report("hot loop patches behind", steps_done(kSteps), 10000);
    report("hot loop patches behind wrong", wrong_steps(kSteps, 1), 0);
    jit_free_code(start);
}

void check_patching(void) {
    check_patched_by_caller();
    check_ahead();
    check_behind();
}

// --- Pages ---------------------------------------------------------------------------------------

static uint8_t* page_boundary(uint8_t* memory) {
    return memory + (kPage - (uintptr_t)memory % kPage) + kPage;
}

// `before` bytes of the patched instruction are on the first page, the others on the second.
static unsigned wrong_across(uint8_t* memory, size_t size, size_t before) {
    struct Code code = {.at = memory, .end = memory + size};
    uint8_t* load;
    build_ahead(code, &load);
    const size_t offset = (size_t)(load - memory);
    code.at = page_boundary(memory) - before - offset;
    const Function function = build_ahead(code, &load);
    if (load + before != page_boundary(memory))
        panic("micro_jit: the code is not where it should be");

    prepare_steps(kFewSteps);
    function((intptr_t)steps);
    return wrong_steps(kFewSteps, 0);
}

// The last instruction ends where the page does.
static unsigned wrong_at_end(uint8_t* memory, size_t size) {
    struct Code code = {.at = memory, .end = memory + size};
    uint8_t* load;
    build_constant(&code, 0, &load);
    uint8_t* const start = page_boundary(memory) - (code.at - memory);
    code.at = start;
    build_constant(&code, 0, &load);
    return patch_and_call(finish(start, &code), load, kFewSteps);
}

void check_page_ends(void) {
    const size_t size = 3 * kPage;
    struct Code code = allocate_code(size);
    unsigned wrong = 0;
    const size_t step = kImmediateSize == 2 ? 2 : 1;  // RISC-V's instructions are at even addresses
    for (size_t before = step; before < kLoadSize; before += step)
        wrong += wrong_across(code.at, size, before);
    report("patched across pages wrong", wrong, 0);
    report("patched at a page's end wrong", wrong_at_end(code.at, size), 0);
    jit_free_code(code.at);
}

// --- Data ----------------------------------------------------------------------------------------

void check_data_beside_code(void) {
    struct Code code = allocate_code(512);
    uint8_t* const start = code.at;
    intptr_t* const data = (intptr_t*)(uintptr_t)(code.end - sizeof(intptr_t));
    *data = 0;
    build_counter(&code, data);
    const Function function = finish(start, &code);
    unsigned wrong = 0;
    for (int i = 1; i <= kSteps; ++i) wrong += function(0) != i;
    report("data beside code", *data, kSteps);
    report("data beside code wrong", wrong, 0);
    jit_free_code(start);
}
