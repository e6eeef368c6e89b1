#include "exit.h"

#include "platform.h"
#include "runtime.h"

enum { kMaxExitFunctions = 32, kMaxExitCode = 127 };

struct ExitFunction {
    void (*function)(void*);
    void* argument;
};

static struct ExitFunction exit_functions[kMaxExitFunctions];
static size_t exit_function_count;

bool exit_register(void (*function)(void*), void* argument) {
    if (exit_function_count == kMaxExitFunctions) return false;
    exit_functions[exit_function_count++] = (struct ExitFunction){function, argument};
    return true;
}

static void call_plain(void* function) { ((void (*)(void))function)(); }

int atexit(void (*function)(void)) { return exit_register(call_plain, (void*)function) ? 0 : -1; }

void shutdown(int code) {
    // A function leaves the list before it runs: it may register others, or call shutdown() itself.
    while (exit_function_count) {
        const struct ExitFunction* last = &exit_functions[--exit_function_count];
        last->function(last->argument);
    }
    platform_exit(code < 0 || code > kMaxExitCode ? kMaxExitCode : code);
}

void panic(const char* format, ...) {
    static bool panicking;
    interrupts_set(false);
    if (panicking) platform_exit(1);
    panicking = true;
    va_list arguments;
    va_start(arguments, format);
    printf("\npanic: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    backtrace_print(platform_current_frame());
    platform_exit(1);
}
