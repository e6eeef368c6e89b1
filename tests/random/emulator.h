// Runs an image on Kiln and on QEMU.
#pragma once

#include <string>
#include <vector>

#include "cpu/riscv/isa.h"

namespace kiln::random_test {

// A command that runs the flat binary named by its last argument and prints the guest's console.
struct Emulator {
    std::string name;
    std::vector<std::string> command;
};

Emulator kiln_emulator(const std::string& program, const std::string& backend,
                       const riscv::Isa& isa);
// QEMU's `virt` with exactly the extensions of `isa`.
Emulator qemu_emulator(const std::string& program, const riscv::Isa& isa);

struct Output {
    std::vector<std::string> lines;  // complete ones
    bool timed_out = false;
    int status = 0;  // exit status; 128 + n for signal n
};

// Runs all emulators at once, each on its image, for at most `seconds`. `folder` takes the files.
// Throws std::runtime_error where a program cannot be started.
std::vector<Output> run_all(const std::vector<Emulator>& emulators,
                            const std::vector<std::vector<u8>>& images, const std::string& folder,
                            unsigned seconds);

}  // namespace kiln::random_test
