#pragma once

#include <stdbool.h>
#include <stdint.h>

// Fills boot_info from the loader's information. Tags that are damaged end it, or are passed over.
// False when there is no memory map.
bool multiboot2_read(const uint8_t* information);
