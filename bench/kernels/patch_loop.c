// Self-modifying code: an immediate of a loop changes each time before the loop runs hot.
#include "patch.h"

uint64_t kernel(void) { return patch_and_run(WORK, 1000); }
