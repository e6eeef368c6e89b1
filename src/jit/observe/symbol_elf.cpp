#include "jit/observe/symbol_elf.h"

#include <array>
#include <cstring>
#include <elf.h>

#include "jit/native/convention.h"
#include "jit/native/transfer.h"

namespace kiln {
namespace {

enum Section : u16 { kNone, kText, kFrames, kSymbols, kNames, kSectionNames, kSections };
constexpr std::array<const char*, kSections> kNamesOfSections = {
    "", ".text", ".debug_frame", ".symtab", ".strtab", ".shstrtab"};

void append(std::vector<std::byte>& to, const void* from, size_t size) {
    const auto* bytes = static_cast<const std::byte*>(from);
    to.insert(to.end(), bytes, bytes + size);
}
template <class T>
void append(std::vector<std::byte>& to, const T& value) {
    append(to, &value, sizeof value);
}

// Adds a name with its zero; returns where it is.
u32 add_name(std::string& names, std::string_view name) {
    const size_t at = names.size();
    names.append(name).push_back('\0');
    return static_cast<u32>(at);
}

// DWARF (sections 2.5 and 6.4): the rules of one frame hold at each instruction of the code, since
// where it lies is looked up in memory (native::current_frame): rsp moves.
constexpr unsigned kDefCfaExpression = 0x0f;  // bytes of the expression
constexpr unsigned kPushAddress = 0x03;       // 8 bytes
constexpr unsigned kPushWhatIsThere = 0x06;
constexpr unsigned kAddConstant = 0x23;
constexpr unsigned kOffset = 0x80;      // | register: it is saved at CFA - 8 * operand
constexpr unsigned kReturnColumn = 16;  // of the return address, in the x86-64 ABI's numbers
// Of rbx, rbp and r12 to r15 there.
constexpr unsigned kDwarfRbx = 3;
constexpr unsigned kDwarfRbp = 6;
constexpr unsigned kDwarfR12 = 12;
// From the caller's frame down.
constexpr unsigned kSaved[] = {kReturnColumn, kDwarfRbx,     kDwarfRbp,    kDwarfR12,
                               kDwarfR12 + 1, kDwarfR12 + 2, kDwarfR12 + 3};

void append_number(std::vector<std::byte>& to, u64 value) {  // ULEB128
    for (; value >= 0x80; value >>= 7) to.push_back(static_cast<std::byte>(value | 0x80));
    to.push_back(static_cast<std::byte>(value));
}
void append_bytes(std::vector<std::byte>& to, std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) to.push_back(static_cast<std::byte>(byte));
}

// Appends an entry with its length in front, padded as the next one wants it.
void append_entry(std::vector<std::byte>& to, std::vector<std::byte> entry) {
    entry.resize(((entry.size() + sizeof(u32) + 7) & ~size_t{7}) - sizeof(u32));  // DW_CFA_nop
    append(to, static_cast<u32>(entry.size()));
    append(to, entry.data(), entry.size());
}

// Where the frame of the trampoline's caller begins.
std::vector<std::byte> caller_frame() {
    std::vector<std::byte> expression;
    append_bytes(expression, {kPushAddress});
    append(expression, reinterpret_cast<u64>(&native::current_frame));
    append_bytes(expression, {kPushWhatIsThere, kAddConstant});
    append_number(expression, native::kCallerFrame);
    return expression;
}

std::vector<std::byte> frames(u64 begin, u64 end) {
    std::vector<std::byte> common;
    append(common, ~u32{0});          // this is common information
    append_bytes(common, {1, 0, 1});  // version, no augmentation, code alignment
    append_bytes(common, {0x78});     // data alignment: -8
    append_bytes(common, {kReturnColumn});
    const std::vector<std::byte> frame = caller_frame();
    append_bytes(common, {kDefCfaExpression});
    append_number(common, frame.size());
    append(common, frame.data(), frame.size());
    unsigned slot = 1;
    for (const unsigned saved : kSaved) append_bytes(common, {kOffset | saved, slot++});
    std::vector<std::byte> code;
    append(code, u32{0});  // where the common information is
    append(code, begin);
    append(code, end - begin);
    std::vector<std::byte> all;
    append_entry(all, std::move(common));
    append_entry(all, std::move(code));
    return all;
}

// The file as it grows: the header, the sections' contents, their headers.
class Writer {
  public:
    Writer() : file_(sizeof(Elf64_Ehdr)) {
        for (const char* name : kNamesOfSections) names_at_.push_back(add_name(names_, name));
    }

    Elf64_Shdr& section(Section section, u32 type) {
        headers_[section].sh_name = names_at_[section];
        headers_[section].sh_type = type;
        headers_[section].sh_addralign = 1;
        return headers_[section];
    }
    Elf64_Shdr& section(Section which, u32 type, const void* content, size_t size) {
        file_.resize((file_.size() + 7) & ~size_t{7});
        Elf64_Shdr& header = section(which, type);
        header.sh_addralign = 8;
        header.sh_offset = file_.size();
        header.sh_size = size;
        append(file_, content, size);
        return header;
    }
    std::vector<std::byte> finish() {
        section(kSectionNames, SHT_STRTAB, names_.data(), names_.size());
        file_.resize((file_.size() + 7) & ~size_t{7});
        Elf64_Ehdr header{};
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_ident[EI_VERSION] = EV_CURRENT;
        header.e_type = ET_EXEC;
        header.e_machine = EM_X86_64;
        header.e_version = EV_CURRENT;
        header.e_shoff = file_.size();
        header.e_ehsize = sizeof header;
        header.e_shentsize = sizeof(Elf64_Shdr);
        header.e_shnum = kSections;
        header.e_shstrndx = kSectionNames;
        append(file_, headers_.data(), sizeof headers_);
        std::memcpy(file_.data(), &header, sizeof header);
        return std::move(file_);
    }

  private:
    std::vector<std::byte> file_;
    std::string names_;
    std::vector<u32> names_at_;
    std::array<Elf64_Shdr, kSections> headers_{};
};

}  // namespace

std::vector<std::byte> make_symbol_elf(std::span<const CodeSymbol> symbols) {
    const u64 begin = symbols.front().address;
    const u64 end = symbols.back().address + symbols.back().size;
    std::vector<Elf64_Sym> table(1);
    std::string names(1, '\0');
    for (const CodeSymbol& symbol : symbols)
        table.push_back({.st_name = add_name(names, symbol.name),
                         .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                         .st_other = STV_DEFAULT,
                         .st_shndx = kText,
                         .st_value = symbol.address,
                         .st_size = symbol.size});
    Writer writer;
    Elf64_Shdr& text = writer.section(kText, SHT_NOBITS);
    text.sh_flags = SHF_ALLOC | SHF_EXECINSTR;
    text.sh_addr = begin;
    text.sh_size = end - begin;
    const std::vector<std::byte> frame = frames(begin, end);
    writer.section(kFrames, SHT_PROGBITS, frame.data(), frame.size());
    Elf64_Shdr& listed =
        writer.section(kSymbols, SHT_SYMTAB, table.data(), table.size() * sizeof(Elf64_Sym));
    listed.sh_entsize = sizeof(Elf64_Sym);
    listed.sh_link = kNames;
    listed.sh_info = 1;  // the first global symbol
    writer.section(kNames, SHT_STRTAB, names.data(), names.size());
    return writer.finish();
}

}  // namespace kiln
