// Which extensions a hart has: parsing and printing of the ISA string (ISA manual, "ISA Extension
// Naming Conventions").
#pragma once

#include <string>
#include <string_view>

#include "support/int.h"

namespace kiln::riscv {

// Extensions that can be selected. The order is the canonical one of the ISA string.
enum class Ext : u8 {
    kM,
    kA,
    kF,
    kD,
    kC,
    kZicbom,
    kZicbop,
    kZicboz,
    kZicntr,
    kZicond,
    kZicsr,
    kZifencei,
    kZihintpause,
    kZihpm,
    kZawrs,
    kZfh,
    kZba,
    kZbb,
    kZbc,
    kZbkb,
    kZbkx,
    kZbs,
    kSstc,
    kSvade,
    kSvadu,
    kSvinval,
    kSvnapot,
    kCount,
};

constexpr u64 ext_bit(Ext ext) { return u64{1} << static_cast<unsigned>(ext); }

struct Isa {
    unsigned xlen = 64;
    u64 extensions = 0;  // ext_bit of each

    bool has(Ext ext) const { return (extensions & ext_bit(ext)) != 0; }

    // Everything that Kiln implements.
    static Isa everything(unsigned xlen);
    // Parses a string such as "rv32imac_zicsr" (case does not matter; `g` and `b` stand for what
    // the manual says). Extensions that another one needs are added. Throws UsageError that names
    // the part which is malformed or not implemented.
    static Isa parse(std::string_view text);
    // The canonical string.
    std::string to_string() const;
};

// The ISA string's name of an extension, "m" or "zicbom".
std::string_view ext_name(Ext ext);

}  // namespace kiln::riscv
