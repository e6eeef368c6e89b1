// The two 8259A interrupt controllers of a PC.
#pragma once

#include <stdbool.h>

enum { kPicLines = 16, kPicFirstVector = 32 };

// Moves the lines behind the processor's exceptions, all of them masked.
void pic_init(void);
void pic_unmask(unsigned line);
// Whether the line really asks: lines 7 and 15 also stand for a request that went away.
bool pic_is_genuine(unsigned line);
void pic_acknowledge(unsigned line);
