// Nothing: what remains is the cost of starting and leaving a machine.
#include "kernel.h"

uint64_t kernel(void) { return 0; }
