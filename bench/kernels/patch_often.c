// Self-modifying code: an immediate of a short loop changes so often that the change is the work.
#include "patch.h"

uint64_t kernel(void) { return patch_and_run(WORK, 20); }
