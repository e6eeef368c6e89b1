// A kernel of the program for Linux.
#pragma once

#include <stdint.h>

struct Part {
    const char* name;
    uint64_t (*run)(void);
    uint64_t expected;  // the checksum
};
