// What ends a run early: one line for the user, "NAME: reason", and the machine's exit code.
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// Exit codes of the program. 1 is left to the runtime's panic().
enum {
    kExitUsage = 2,    // a setting of the command line
    kExitInput = 65,   // the model or the tokenizer
    kExitMemory = 71,  // not enough RAM
};

struct Failure {
    int code;
    char text[200];
};

// Fills `failure`, the text cut where it does not fit. Returns false, so that a function can end
// with `return fail(...)`.
bool fail(struct Failure* failure, int code, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
