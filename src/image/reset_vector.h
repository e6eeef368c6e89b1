// The first code a hart runs, in the machine's ROM: it loads what firmware and kernels expect in
// a0 to a2 and jumps. Same form and place as on QEMU's `virt` machine, which debuggers' scripts and
// people know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kiln {

inline constexpr uint64_t kResetVectorAddress = 0x1000;
// Where the code leaves a2 pointing: `fw_dynamic_info`.
inline constexpr uint64_t kFirmwareInfoAddress = kResetVectorAddress + 40;

struct ResetVectorOptions {
    unsigned xlen = 64;         // 32 or 64
    uint64_t entry = 0;         // where to jump, in M-mode
    uint64_t fdt_address = 0;   // passed in a1
    uint64_t next_address = 0;  // where OpenSBI goes on, in S-mode; 0: nowhere
};

// The bytes at kResetVectorAddress, position-independent: code with its two addresses, then
// OpenSBI's `fw_dynamic_info` (include/sbi/fw_dynamic.h, version 2). The code leaves mhartid in a0,
// the device tree in a1, the address of the information in a2.
std::vector<std::byte> make_reset_vector(const ResetVectorOptions& options);

}  // namespace kiln
