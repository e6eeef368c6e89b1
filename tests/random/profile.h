// What sequences are made of.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/riscv/insn.h"

namespace kiln::random_test {

// Groups of table rows, and what is no row.
enum class Group : u8 {
    kInteger,
    kMultiply,
    kBitmanip,
    kAtomic,
    kMemory,
    kControl,
    kCompressed,
    kSingle,
    kDouble,
    kHalf,
    kFloatCsr,
    kSystem,   // fences, privileged instructions and any CSR, all of it seen from U-mode
    kAnyBits,  // bit patterns that mostly mean nothing
    kCount,
};
inline constexpr size_t kGroups = static_cast<size_t>(Group::kCount);

std::string_view group_name(Group group);
Group group_of(riscv::InsnId id);

// How an instruction leaves the straight line.
enum class Flow : u8 { kNone, kRelative, kRegister };
Flow flow_of(riscv::InsnId id);

// Instructions in which QEMU differs whenever they run: a few of them are enough.
bool is_rare(riscv::InsnId id);

struct Profile {
    std::string_view name;
    std::array<u8, kGroups> weights;  // in the order of Group
};

// nullptr: there is none of that name.
const Profile* find_profile(std::string_view name);
std::vector<std::string> profile_names();

// The rows that `isa` has, by group.
std::array<std::vector<riscv::InsnId>, kGroups> rows_by_group(const riscv::Isa& isa);

}  // namespace kiln::random_test
