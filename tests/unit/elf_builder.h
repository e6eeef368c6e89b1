// Makes small ELF files for tests, right ones and lying ones.
#pragma once

#include <cstddef>
#include <cstring>
#include <elf.h>
#include <string>
#include <vector>

namespace kiln::test {

struct Elf64 {
    using Ehdr = Elf64_Ehdr;
    using Phdr = Elf64_Phdr;
    using Shdr = Elf64_Shdr;
    using Sym = Elf64_Sym;
    static constexpr unsigned char kClass = ELFCLASS64;
};
struct Elf32 {
    using Ehdr = Elf32_Ehdr;
    using Phdr = Elf32_Phdr;
    using Shdr = Elf32_Shdr;
    using Sym = Elf32_Sym;
    static constexpr unsigned char kClass = ELFCLASS32;
};

// Every field may be changed before bytes() lays the file out: header, program headers, the
// segments' content, then, if there is a symbol, symbol table, strings and section headers. Offsets
// and counts are filled in first and `lie` has the last word.
template <typename Class>
struct ElfBuilder {
    using Ehdr = typename Class::Ehdr;
    using Phdr = typename Class::Phdr;
    using Shdr = typename Class::Shdr;
    using Sym = typename Class::Sym;

    Ehdr header{};
    std::vector<Phdr> segments;
    std::vector<std::string> contents;  // one for each segment
    std::vector<Sym> symbols{Sym{}};
    std::string names = std::string(1, '\0');
    Shdr symbol_table{};
    Shdr string_table{};

    ElfBuilder() {
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = Class::kClass;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_ident[EI_VERSION] = EV_CURRENT;
        header.e_type = ET_EXEC;
        header.e_machine = EM_RISCV;
        header.e_version = EV_CURRENT;
        header.e_ehsize = sizeof(Ehdr);
        header.e_phentsize = sizeof(Phdr);
        header.e_shentsize = sizeof(Shdr);
    }

    // Adds a loadable segment whose memory is `zeros` larger than its content.
    Phdr& add_segment(decltype(Phdr::p_paddr) address, const std::string& content,
                      decltype(Phdr::p_memsz) zeros = 0) {
        Phdr segment{};
        segment.p_type = PT_LOAD;
        segment.p_flags = PF_R | PF_X;
        segment.p_vaddr = segment.p_paddr = address;
        segment.p_filesz = static_cast<decltype(segment.p_filesz)>(content.size());
        segment.p_memsz = segment.p_filesz + zeros;
        contents.push_back(content);
        return segments.emplace_back(segment);
    }

    Sym& add_symbol(const std::string& name, decltype(Sym::st_value) value, int type = STT_NOTYPE) {
        Sym symbol{};
        symbol.st_name = static_cast<decltype(symbol.st_name)>(names.size());
        symbol.st_value = value;
        symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(STB_GLOBAL, type));
        symbol.st_shndx = 1;
        names += name + '\0';
        return symbols.emplace_back(symbol);
    }

    // Lays the file out; `lie` may then change headers, with all offsets known.
    template <typename Lie>
    std::vector<std::byte> bytes(Lie lie) {
        lay_out();
        lie(*this);
        std::string file(file_size_, '\0');
        put(file, 0, &header, sizeof header);
        for (size_t i = 0; i < segments.size(); ++i) {
            put(file, segments_at_ + i * sizeof(Phdr), &segments[i], sizeof(Phdr));
            put(file, contents_at_[i], contents[i].data(), contents[i].size());
        }
        if (symbols.size() > 1) {
            put(file, symbols_at_, symbols.data(), symbols.size() * sizeof(Sym));
            put(file, names_at_, names.data(), names.size());
            const Shdr sections[] = {{}, symbol_table, string_table};
            put(file, sections_at_, sections, sizeof sections);
        }
        const auto* first = reinterpret_cast<const std::byte*>(file.data());
        return {first, first + file.size()};
    }
    std::vector<std::byte> bytes() {
        return bytes([](ElfBuilder&) {});
    }

  private:
    static void put(std::string& file, size_t at, const void* data, size_t size) {
        std::memcpy(file.data() + at, data, size);
    }
    size_t reserve(size_t size) {
        const size_t at = (file_size_ + 7) & ~size_t{7};
        file_size_ = at + size;
        return at;
    }
    void lay_out() {
        file_size_ = sizeof(Ehdr);
        segments_at_ = reserve(segments.size() * sizeof(Phdr));
        header.e_phoff = static_cast<decltype(header.e_phoff)>(segments_at_);
        header.e_phnum = static_cast<Elf64_Half>(segments.size());
        if (header.e_entry == 0 && !segments.empty()) header.e_entry = segments[0].p_vaddr;
        contents_at_.clear();
        for (size_t i = 0; i < segments.size(); ++i) {
            contents_at_.push_back(reserve(contents[i].size()));
            segments[i].p_offset = static_cast<decltype(Phdr::p_offset)>(contents_at_[i]);
        }
        if (symbols.size() > 1) lay_out_symbols();
    }
    void lay_out_symbols() {
        using Offset = decltype(Shdr::sh_offset);
        symbols_at_ = reserve(symbols.size() * sizeof(Sym));
        names_at_ = reserve(names.size());
        sections_at_ = reserve(3 * sizeof(Shdr));
        symbol_table.sh_type = SHT_SYMTAB;
        symbol_table.sh_offset = static_cast<Offset>(symbols_at_);
        symbol_table.sh_size = static_cast<Offset>(symbols.size() * sizeof(Sym));
        symbol_table.sh_entsize = sizeof(Sym);
        symbol_table.sh_link = 2;
        string_table.sh_type = SHT_STRTAB;
        string_table.sh_offset = static_cast<Offset>(names_at_);
        string_table.sh_size = static_cast<Offset>(names.size());
        header.e_shoff = static_cast<decltype(header.e_shoff)>(sections_at_);
        header.e_shnum = 3;
    }

    size_t file_size_ = 0;
    size_t segments_at_ = 0;
    std::vector<size_t> contents_at_;
    size_t symbols_at_ = 0;
    size_t names_at_ = 0;
    size_t sections_at_ = 0;
};

}  // namespace kiln::test
