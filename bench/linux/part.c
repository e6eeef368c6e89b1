// One kernel, with its name and what it must compute, as an entry of the program's table. The build
// names KERNEL_SOURCE, renames `kernel`, which each source defines, and gives NAME and EXPECTED.
#include "part.h"

#include KERNEL_SOURCE

__attribute__((section("parts"), used)) static const struct Part part = {NAME, kernel, EXPECTED};
