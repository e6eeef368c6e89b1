// What atexit() and C++'s destructors of static objects have in common.
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// Lets shutdown() call `function`, before all that were registered earlier. False: no room.
bool exit_register(void (*function)(void*), void* argument);

#ifdef __cplusplus
}
#endif
