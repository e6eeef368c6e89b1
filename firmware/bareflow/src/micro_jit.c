// All of RAM may be executed on every target, so code comes from the heap. Whole cache lines:
// nothing else is written next to it.
#include "micro_jit.h"

#include "platform.h"
#include "runtime.h"

enum { kLine = 64 };

void* jit_alloc_code(size_t size) {
    if (size > SIZE_MAX - kLine) return NULL;
    return aligned_alloc(kLine, (size + kLine - 1) / kLine * kLine);
}

void jit_free_code(void* code) { free(code); }

void jit_sync_code(void* code, size_t size) { platform_sync_code(code, size); }
