#include "profile.h"

namespace kiln::random_test {
namespace {

using riscv::Ext;
using riscv::InsnId;
using riscv::InsnInfo;

constexpr std::array<std::string_view, kGroups> kGroupNames = {
    "integer", "multiply", "bitmanip", "atomic", "memory", "control", "compressed",
    "single",  "double",   "half",     "fcsr",   "system", "any bits"};

//                       int mul bit amo mem ctl  C   S   D   H  csr sys any
constexpr Profile kProfiles[] = {
    {"integer", {40, 20, 0, 0, 20, 10, 5, 0, 0, 0, 0, 0, 0}},
    {"bitmanip", {10, 2, 80, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0}},
    {"memory", {5, 0, 0, 45, 45, 2, 5, 2, 2, 2, 0, 0, 0}},
    {"compressed", {5, 0, 0, 0, 2, 5, 85, 0, 0, 0, 0, 0, 2}},
    {"float", {2, 0, 0, 0, 2, 1, 2, 30, 30, 30, 5, 0, 0}},
    {"reserved", {10, 2, 5, 2, 2, 5, 5, 5, 5, 5, 3, 15, 60}},
    {"mixed", {10, 6, 10, 6, 10, 6, 12, 8, 8, 8, 3, 2, 4}},
};

bool needs(const InsnInfo& info, Ext ext) { return (info.needs.all & ext_bit(ext)) != 0; }

bool is_memory(const InsnInfo& info) {
    return info.form.syntax.find("(s)") != std::string_view::npos && !info.has(riscv::kEnd);
}

}  // namespace

std::string_view group_name(Group group) { return kGroupNames[static_cast<size_t>(group)]; }

Flow flow_of(InsnId id) {
    const InsnInfo& info = insn_info(id);
    if (info.form.syntax.find('p') != std::string_view::npos) return Flow::kRelative;
    switch (id) {
        case InsnId::jalr:
        case InsnId::jalr_ialign32:
        case InsnId::c_jr:
        case InsnId::c_jalr:
            return Flow::kRegister;
        default:
            return Flow::kNone;
    }
}

Group group_of(InsnId id) {
    const InsnInfo& info = insn_info(id);
    if (info.length == 2) return Group::kCompressed;
    if (flow_of(id) != Flow::kNone) return Group::kControl;
    if (needs(info, Ext::kZfh)) return Group::kHalf;
    if (needs(info, Ext::kD)) return Group::kDouble;
    if (needs(info, Ext::kF)) return Group::kSingle;
    if (needs(info, Ext::kM)) return Group::kMultiply;
    if (needs(info, Ext::kA)) return Group::kAtomic;
    if (needs(info, Ext::kZicsr)) return Group::kFloatCsr;
    if (info.has(riscv::kEnd) || info.needs.all != 0) {
        const bool bits = needs(info, Ext::kZba) || needs(info, Ext::kZbb) ||
                          needs(info, Ext::kZbc) || needs(info, Ext::kZbs) ||
                          needs(info, Ext::kZbkb) || needs(info, Ext::kZbkx) ||
                          needs(info, Ext::kZicond);
        return bits ? Group::kBitmanip : Group::kSystem;
    }
    if (info.needs.any != 0) return Group::kBitmanip;
    if (id == InsnId::fence || id == InsnId::sfence_vma) return Group::kSystem;
    return is_memory(info) ? Group::kMemory : Group::kInteger;
}

bool is_rare(InsnId id) {
    switch (id) {
        case InsnId::ebreak:
        case InsnId::c_ebreak:
        case InsnId::sinval_vma:
        case InsnId::sfence_w_inval:
        case InsnId::sfence_inval_ir:
            return true;
        default:
            return false;
    }
}

const Profile* find_profile(std::string_view name) {
    for (const Profile& profile : kProfiles)
        if (profile.name == name) return &profile;
    return nullptr;
}

std::vector<std::string> profile_names() {
    std::vector<std::string> names;
    for (const Profile& profile : kProfiles) names.emplace_back(profile.name);
    return names;
}

std::array<std::vector<InsnId>, kGroups> rows_by_group(const riscv::Isa& isa) {
    std::array<std::vector<InsnId>, kGroups> rows;
    for (size_t i = 0; i < riscv::kInsnCount; ++i) {
        const auto id = static_cast<InsnId>(i);
        const InsnInfo& info = insn_info(id);
        const bool width = info.xlen == riscv::Width::kBoth ||
                           (info.xlen == riscv::Width::kRv64) == (isa.xlen == 64);
        const bool there = (isa.extensions & info.needs.all) == info.needs.all &&
                           (isa.extensions & info.needs.none) == 0 &&
                           (info.needs.any == 0 || (isa.extensions & info.needs.any) != 0);
        if (!width || !there || info.length == 0) continue;
        rows[static_cast<size_t>(group_of(id))].push_back(id);
        // CSR instructions stand for the system too, there with any number.
        if (group_of(id) == Group::kFloatCsr)
            rows[static_cast<size_t>(Group::kSystem)].push_back(id);
    }
    return rows;
}

}  // namespace kiln::random_test
