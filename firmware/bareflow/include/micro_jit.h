/* Memory for code that the program writes itself. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `size` bytes that may be written and executed, aligned to 64. Null when there is no room. */
void* jit_alloc_code(size_t size);
void jit_free_code(void* code);

/* Between writing code and running it: fence.i on RISC-V, a serialising instruction on x86. */
void jit_sync_code(void* code, size_t size);

#ifdef __cplusplus
}
#endif
