#include "jit/kept/identity.h"

#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <iterator>
#include <link.h>
#include <span>

#include "jit/kept/region_key.h"
#include "support/cpuid.h"

namespace kiln::kept {
namespace {

// Notes are padded to words.
constexpr size_t padded(size_t size) { return (size + 3) & ~size_t{3}; }

// The build id among the notes of a segment; empty: there is none.
std::span<const u8> build_id_in(std::span<const u8> notes) {
    while (notes.size() >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        std::memcpy(&note, notes.data(), sizeof note);
        const size_t text = sizeof note + padded(note.n_namesz);
        const size_t end = text + padded(note.n_descsz);
        if (end > notes.size()) break;
        const auto* name = reinterpret_cast<const char*>(&notes[sizeof note]);
        if (note.n_type == NT_GNU_BUILD_ID &&
            std::string_view(name, note.n_namesz) ==
                std::string_view(ELF_NOTE_GNU, sizeof ELF_NOTE_GNU))
            return notes.subspan(text, note.n_descsz);
        notes = notes.subspan(end);
    }
    return {};
}

// The first object is the program.
int look_at_program(dl_phdr_info* program, size_t, void* found) {
    for (const ElfW(Phdr) & segment : std::span(program->dlpi_phdr, program->dlpi_phnum)) {
        if (segment.p_type != PT_NOTE) continue;
        const auto* notes = reinterpret_cast<const u8*>(program->dlpi_addr + segment.p_vaddr);
        for (const u8 byte : build_id_in({notes, segment.p_memsz}))
            fmt::format_to(std::back_inserter(*static_cast<std::string*>(found)), "{:02x}", byte);
    }
    return 1;
}

std::string processor_name() {
    constexpr u32 kFirst = 0x8000'0002;
    constexpr u32 kLast = 0x8000'0004;
    std::string name;
    for (u32 leaf = kFirst; leaf <= kLast; ++leaf) {
        const auto r = cpuid(leaf);
        name.append(reinterpret_cast<const char*>(r.data()), sizeof r);
    }
    return name.c_str();
}

// Registers with features, or with family, model and stepping (Intel SDM volume 2, CPUID; AMD APM
// volume 3, appendix E).
struct FeatureWord {
    u32 leaf;
    u32 subleaf;
    CpuidRegister reg;
};
constexpr FeatureWord kFeatureWords[] = {
    {1, 0, kEax},           {1, 0, kEcx},           {1, 0, kEdx},    {7, 0, kEbx},
    {7, 0, kEcx},           {7, 0, kEdx},           {7, 1, kEax},    {7, 1, kEdx},
    {0xd, 1, kEax},         {0x14, 0, kEbx},        {0x19, 0, kEbx}, {0x8000'0001, 0, kEcx},
    {0x8000'0001, 0, kEdx}, {0x8000'0008, 0, kEbx},
};

}  // namespace

std::string build_id() {
    std::string found;
    dl_iterate_phdr(look_at_program, &found);
    return found;
}

std::string processor() {
    std::string text = processor_name();
    for (const auto& [leaf, subleaf, reg] : kFeatureWords)
        fmt::format_to(std::back_inserter(text), " {:x}", cpuid(leaf, subleaf)[reg]);
    return fmt::format("{} state {:x}", text, enabled_state());
}

std::string identity(std::string_view backend) {
    const std::string program = build_id();
    if (program.empty()) return "";
    return fmt::format("kiln {}, regions {}, {}, {}", program, kRegionKeyVersion, backend,
                       processor());
}

}  // namespace kiln::kept
