#include "checks.h"

#include "functions.h"
#include "micro_jit.h"
#include "runtime.h"

enum { kFunctionSize = 512, kReuses = 1000 };

static unsigned failures;

void report(const char* name, intptr_t value, intptr_t expected) {
    printf("%s = %td\n", name, value);
    failures += value != expected;
}

unsigned report_failures(void) { return failures; }

struct Code allocate_code(size_t size) {
    uint8_t* start = jit_alloc_code(size);
    if (!start) panic("micro_jit: no memory for code");
    return (struct Code){.at = start, .end = start + size};
}

Function finish(uint8_t* start, const struct Code* code) {
    jit_sync_code(start, (size_t)(code->at - start));
    return (Function)(uintptr_t)start;
}

static void check_constant(void) {
    struct Code code = allocate_code(kFunctionSize);
    uint8_t* const start = code.at;
    uint8_t* load;
    build_constant(&code, 42, &load);
    report("constant", finish(start, &code)(0), 42);
    jit_free_code(start);
}

static void check_sum(void) {
    struct Code code = allocate_code(kFunctionSize);
    uint8_t* const start = code.at;
    build_sum(&code);
    report("sum(1..100)", finish(start, &code)(100), 5050);
    jit_free_code(start);
}

static void check_fibonacci(void) {
    struct Code code = allocate_code(kFunctionSize);
    uint8_t* const start = code.at;
    build_fibonacci_loop(&code);
    const Function loop = finish(start, &code);
    report("fibonacci(5)", loop(5), 5);
    report("fibonacci(20)", loop(20), 6765);

    uint8_t* const subroutine = code.at;
    uint8_t* const entry = build_fibonacci_recursive(&code);
    finish(subroutine, &code);
    const Function recursive = (Function)(uintptr_t)entry;
    report("fibonacci(5) recursive", recursive(5), 5);
    report("fibonacci(20) recursive", recursive(20), 6765);
    jit_free_code(start);
}

void check_functions(void) {
    check_constant();
    check_fibonacci();
    check_sum();
}

// Code of another function each time, in memory that the allocator may well give out again.
static intptr_t build_and_call(unsigned kind, uint8_t** start) {
    struct Code code = allocate_code(kFunctionSize);
    uint8_t* load;
    *start = code.at;
    switch (kind % 3) {
        case 0:
            build_constant(&code, (int)kind, &load);
            break;
        case 1:
            build_sum(&code);
            break;
        default:
            build_fibonacci_loop(&code);
    }
    return finish(*start, &code)(10);
}

void check_reuse(void) {
    unsigned wrong = 0;
    unsigned same_place = 0;
    const uint8_t* last = NULL;
    for (unsigned i = 0; i < kReuses; ++i) {
        const intptr_t expected[] = {(intptr_t)i, 55, 55};
        uint8_t* start;
        wrong += build_and_call(i, &start) != expected[i % 3];
        same_place += start == last;
        last = start;
        jit_free_code(start);
    }
    report("reused code wrong", wrong, 0);
    printf("# the same place %u times of %d\n", same_place, kReuses);
}
