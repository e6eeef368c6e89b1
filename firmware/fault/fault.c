// Goes wrong in the way that the command line's "fault=NAME" asks for. Each way must end the
// machine with code 1, after a backtrace that names the functions on the way there.
#include "runtime.h"

// A function that stays what it is: not inlined, not cloned, with its frame and its name.
#define DISTINCT __attribute__((noipa))

enum { kUnknown = 2, kSurvived = 3, kHandlerFrequency = 1000 };

// What the compiler must not see through.
static volatile uintptr_t null_page = 8;
static volatile unsigned steps;

static DISTINCT void store(void) { *(volatile int*)null_page = 1; }

static DISTINCT void load(void) { steps = *(volatile unsigned*)null_page; }

static DISTINCT void jump(void) {
    ((void (*)(void))null_page)();
    ++steps;
}

static DISTINCT void illegal(void) {
#ifdef __riscv
    __asm__ volatile("unimp");
#else
    __asm__ volatile("ud2");
#endif
}

static DISTINCT void overflow(unsigned depth) {
    volatile char room[256];
    room[depth % sizeof room] = 1;
    if (null_page != 0) overflow(depth + 1);
    steps += room[0];
}

static DISTINCT void stack(void) {
    overflow(0);
    ++steps;
}

static DISTINCT void free_twice(void) {
    void* const block = malloc(100);
    free(block);
    free(block);
    ++steps;
}

static DISTINCT void free_inside(void) {
    char* const block = malloc(100);
    free(block + 16);
    ++steps;
}

static DISTINCT void give_up(void) {
    panic("the answer is %d", 42);
    ++steps;
}

// Waits for a handler to go wrong.
static DISTINCT void wait_for(void (*handler)(void)) {
    timer_start(kHandlerFrequency, handler);
    timer_sleep(1000000);
    ++steps;
}

static DISTINCT void store_in_handler(void) { wait_for(store); }

static DISTINCT void stack_in_handler(void) { wait_for(stack); }

static DISTINCT void panic_in_handler(void) { wait_for(give_up); }

static const struct {
    const char* name;
    void (*function)(void);
} kFaults[] = {
    {"store", store},
    {"load", load},
    {"jump", jump},
    {"illegal", illegal},
    {"stack", stack},
    {"double-free", free_twice},
    {"wild-free", free_inside},
    {"panic", give_up},
    {"store-in-handler", store_in_handler},
    {"stack-in-handler", stack_in_handler},
    {"panic-in-handler", panic_in_handler},
};

static DISTINCT void inner(void (*fault)(void)) {
    fault();
    ++steps;
}

static DISTINCT void middle(void (*fault)(void)) {
    inner(fault);
    ++steps;
}

static DISTINCT void outer(void (*fault)(void)) {
    middle(fault);
    ++steps;
}

int main(void) {
    puts("BareFlow fault");
    char name[32] = "";
    runtime_option("fault", name, sizeof name);
    for (size_t i = 0; i < sizeof kFaults / sizeof *kFaults; ++i) {
        if (strcmp(name, kFaults[i].name) != 0) continue;
        outer(kFaults[i].function);
        puts("nothing went wrong");
        return kSurvived;
    }
    printf("fault: unknown fault \"%s\"; there are:", name);
    for (size_t i = 0; i < sizeof kFaults / sizeof *kFaults; ++i) printf(" %s", kFaults[i].name);
    puts("");
    return kUnknown;
}
