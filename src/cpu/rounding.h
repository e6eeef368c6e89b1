// Rounding modes of floating-point operations, numbered as RISC-V's frm is.
#pragma once

#include <cstdint>

namespace kiln {

enum class Rounding : std::uint8_t {
    kRne = 0,  // to nearest, ties to even
    kRtz = 1,  // towards zero
    kRdn = 2,  // towards minus infinity
    kRup = 3,  // towards plus infinity
    kRmm = 4,  // to nearest, ties away from zero
};

}  // namespace kiln
