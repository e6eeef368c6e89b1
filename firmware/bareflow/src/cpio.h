// Archives in cpio's "newc" format, as `cpio -H newc` and the Linux kernel know them.
#pragma once

#include <stddef.h>

// The contents of the regular file of that name (with or without a leading "./" or "/"), or null.
// The archive may be damaged: nothing outside of its `length` bytes is looked at.
const void* cpio_find(const void* archive, size_t length, const char* name, size_t* size);
