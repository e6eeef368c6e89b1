// The emulators that run trials. The first lane, Kiln's interpreter, is compared with each other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "random/emulator.h"
#include "random/system/case.h"

namespace kiln::random_test {

struct SystemLane {
    std::string name;
    bool exact;  // it takes part in Family::kExact
    std::function<Emulator(const riscv::Isa& isa, size_t harts)> emulator;
};

struct SystemPrograms {
    std::string kiln;
    std::string qemu_32, qemu_64;  // empty: there is none
};

// The interpreter; for each other backend of this program all code compiled at once, and after some
// entries with small caches; and QEMU.
std::vector<SystemLane> system_lanes(const SystemPrograms& programs);

// The interpreter, and one without multiplication: the comparison must find it.
std::vector<SystemLane> broken_system_lanes(const SystemPrograms& programs);

// `isa` without what QEMU 7.2 does without being asked (it sets A and D bits), or has with no
// switch.
riscv::Isa without_what_qemu_does_itself(riscv::Isa isa);

}  // namespace kiln::random_test
