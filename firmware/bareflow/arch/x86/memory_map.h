// Fills boot_info's lists from what the firmware says. RAM first, all of it, then what is reserved.
#pragma once

#include <stdint.h>

// Conventional memory (below 1 MiB) and what a pointer cannot reach are left out; ranges that meet
// are joined.
void memory_map_add_ram(uint64_t start, uint64_t size);
void memory_map_add_reserved(uint64_t start, uint64_t size);

// Takes `count` pages of 4 KiB from RAM below 4 GiB that neither the image nor the initial RAM disk
// nor a reserved range uses, and reserves them. 0 when there are none.
uintptr_t memory_map_take_pages(uintptr_t count);
