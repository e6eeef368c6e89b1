// ELF: System V ABI, chapters "Object Files" and "Program Loading"; RISC-V psABI for e_machine.
//
// libelf knows the two classes and gives their fields one shape. It repairs some lies silently (a
// program header count that runs past the file is cut), so every offset and size is checked here
// before libelf is asked for what lies there.
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <gelf.h>
#include <limits>
#include <memory>

#include "image/formats.h"
#include "support/error.h"

namespace kiln {
namespace {

using ElfHandle = std::unique_ptr<Elf, decltype(&elf_end)>;

// Symbols whose physical address Kiln wants to know.
struct WantedSymbol {
    const char* name;
    std::optional<uint64_t> Image::*field;
};
constexpr WantedSymbol kWanted[] = {
    {"tohost", &Image::tohost},
    {"fromhost", &Image::fromhost},
    {"begin_signature", &Image::begin_signature},
    {"end_signature", &Image::end_signature},
};

// Far more than any linker makes; it bounds the searches below.
constexpr size_t kMaxSegments = 256;

class ElfReader {
  public:
    ElfReader(Image& image, unsigned xlen) : image_(image), elf_(open()) {
        image_.kind = Image::Kind::elf;
        check_header(xlen);
    }

    void read_segments();
    void read_entry();
    void read_symbols();

  private:
    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> reason, Args&&... args) const {
        throw InputError(image_.name, fmt::format(reason, std::forward<Args>(args)...));
    }
    bool in_file(uint64_t offset, uint64_t size) const {
        return offset <= image_.file.size() && size <= image_.file.size() - offset;
    }
    bool table_in_file(uint64_t offset, uint64_t count, uint64_t entry_size) const {
        return in_file(offset, count * entry_size);  // both factors have 16 bits
    }
    const char* file_text(uint64_t offset) const {
        return reinterpret_cast<const char*>(image_.file.data()) + offset;
    }

    ElfHandle open();
    void check_ident() const;
    void check_header(unsigned xlen);
    void check_section_table() const;
    void add_segment(unsigned index, const GElf_Phdr& header);
    void check_overlaps() const;
    GElf_Shdr section(size_t index, const char* what) const;
    std::optional<size_t> find_symbol_table() const;
    const char* symbol_name(const GElf_Shdr& names, const GElf_Sym& symbol, size_t index) const;
    void add_symbol(const GElf_Sym& symbol, const char* name);
    bool is_label(const GElf_Sym& symbol, const char* name) const;
    std::optional<uint64_t> to_physical(uint64_t address) const;

    Image& image_;
    ElfHandle elf_;
    GElf_Ehdr header_{};
};

void ElfReader::check_ident() const {
    const auto at = [&](size_t i) { return std::to_integer<unsigned>(image_.file[i]); };
    if (image_.file.size() < sizeof(Elf32_Ehdr)) fail("truncated: ends inside the ELF header");
    if (at(EI_CLASS) != ELFCLASS32 && at(EI_CLASS) != ELFCLASS64) {
        fail("has an unknown ELF class ({})", at(EI_CLASS));
    }
    if (at(EI_DATA) == ELFDATA2MSB) fail("is a big-endian ELF; only little-endian runs");
    if (at(EI_DATA) != ELFDATA2LSB) fail("has an unknown ELF byte order ({})", at(EI_DATA));
    if (at(EI_VERSION) != EV_CURRENT) fail("has an unknown ELF version ({})", at(EI_VERSION));
    if (at(EI_CLASS) == ELFCLASS64 && image_.file.size() < sizeof(Elf64_Ehdr)) {
        fail("truncated: ends inside the ELF header");
    }
}

ElfHandle ElfReader::open() {
    check_ident();
    elf_version(EV_CURRENT);
    // libelf asks for a pointer to char and, opened this way, only reads through it.
    ElfHandle elf(elf_memory(reinterpret_cast<char*>(image_.file.data()), image_.file.size()),
                  &elf_end);
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF) fail("is a malformed ELF: {}", elf_errmsg(-1));
    return elf;
}

void ElfReader::check_header(unsigned xlen) {
    if (gelf_getehdr(elf_.get(), &header_) == nullptr) fail("has a malformed ELF header");
    image_.xlen = gelf_getclass(elf_.get()) == ELFCLASS64 ? 64 : 32;
    if (header_.e_machine != EM_RISCV) {
        fail("is an ELF for machine {}, not for RISC-V ({})", header_.e_machine, EM_RISCV);
    }
    if (xlen != 0 && image_.xlen != xlen) {
        fail("is a {}-bit ELF, but the guest is rv{} (see --isa)", image_.xlen, xlen);
    }
    if (header_.e_type == ET_DYN)
        fail("is position-independent or a shared object; link it -static -no-pie");
    if (header_.e_type == ET_REL) fail("is an object file that is not linked yet");
    if (header_.e_type != ET_EXEC) fail("is no executable (ELF type {})", header_.e_type);
}

void ElfReader::read_segments() {
    if (header_.e_phnum == PN_XNUM) fail("has too many program headers");
    const size_t entry_size = gelf_fsize(elf_.get(), ELF_T_PHDR, 1, EV_CURRENT);
    if (header_.e_phnum != 0 && header_.e_phentsize != entry_size) {
        fail("has program headers of {} bytes instead of {}", header_.e_phentsize, entry_size);
    }
    if (!table_in_file(header_.e_phoff, header_.e_phnum, entry_size)) {
        fail("truncated: the program headers lie beyond the end of the file");
    }
    for (int i = 0; i < header_.e_phnum; ++i) {
        GElf_Phdr header;
        if (gelf_getphdr(elf_.get(), i, &header) == nullptr) {
            fail("program header {} is malformed: {}", i, elf_errmsg(-1));
        }
        if (header.p_type == PT_INTERP) fail("needs a dynamic linker; link it -static");
        if (header.p_type == PT_LOAD && header.p_memsz != 0) add_segment(unsigned(i), header);
    }
    if (image_.segments.empty()) fail("has nothing to load");
    if (image_.segments.size() > kMaxSegments) {
        fail("has too many segments ({}, at most {})", image_.segments.size(), kMaxSegments);
    }
    std::ranges::sort(image_.segments, {}, &Segment::address);
    check_overlaps();
}

void ElfReader::add_segment(unsigned index, const GElf_Phdr& header) {
    const uint64_t limit =
        image_.xlen == 64 ? std::numeric_limits<uint64_t>::max() : uint64_t{1} << 32;
    if (header.p_filesz > header.p_memsz) {
        fail("program header {}: {:#x} bytes in the file, but only {:#x} in memory", index,
             header.p_filesz, header.p_memsz);
    }
    if (!in_file(header.p_offset, header.p_filesz)) {
        fail("truncated: program header {} points beyond the end of the file", index);
    }
    if (header.p_memsz > limit - header.p_paddr || header.p_memsz > limit - header.p_vaddr) {
        fail("program header {}: {:#x} bytes at {:#x} wrap around the end of the address space",
             index, header.p_memsz, header.p_paddr);
    }
    const auto bytes =
        std::span<const std::byte>(image_.file).subspan(header.p_offset, header.p_filesz);
    image_.segments.push_back(
        {header.p_paddr, header.p_vaddr, bytes, header.p_memsz, (header.p_flags & PF_X) != 0});
}

void ElfReader::check_overlaps() const {
    for (size_t i = 1; i < image_.segments.size(); ++i) {
        const Segment& low = image_.segments[i - 1];
        const Segment& high = image_.segments[i];
        if (high.address >= low.end()) continue;
        fail("segments overlap: {:#x}-{:#x} and {:#x}-{:#x}", low.address, low.end() - 1,
             high.address, high.end() - 1);
    }
}

// nullopt outside every segment, where linker scripts put symbols of empty sections. The address
// just behind a segment belongs to it, because end_signature may be the last thing of one.
std::optional<uint64_t> ElfReader::to_physical(uint64_t address) const {
    std::optional<uint64_t> behind;
    for (const Segment& segment : image_.segments) {
        const uint64_t offset = address - segment.virtual_address;
        if (offset < segment.mem_size) return segment.address + offset;
        if (offset == segment.mem_size) behind = segment.address + offset;
    }
    return behind;
}

void ElfReader::read_entry() {
    const auto inside = [&](const Segment& segment) {
        return header_.e_entry - segment.virtual_address < segment.mem_size;
    };
    if (std::ranges::none_of(image_.segments, inside)) {
        fail("the entry {:#x} lies in no segment", header_.e_entry);
    }
    if (header_.e_entry % 2 != 0) fail("the entry {:#x} is odd", header_.e_entry);
    image_.virtual_entry = header_.e_entry;
    image_.entry = *to_physical(header_.e_entry);
}

void ElfReader::check_section_table() const {
    const size_t entry_size = gelf_fsize(elf_.get(), ELF_T_SHDR, 1, EV_CURRENT);
    if (header_.e_shnum != 0 && header_.e_shentsize != entry_size) {
        fail("has section headers of {} bytes instead of {}", header_.e_shentsize, entry_size);
    }
    // A count of 0 says that the real one stands in the first header.
    const uint64_t count = std::max<uint64_t>(header_.e_shnum, 1);
    if (!table_in_file(header_.e_shoff, count, entry_size)) {
        fail("truncated: the section headers lie beyond the end of the file");
    }
}

GElf_Shdr ElfReader::section(size_t index, const char* what) const {
    GElf_Shdr header;
    Elf_Scn* scn = elf_getscn(elf_.get(), index);
    if (scn == nullptr || gelf_getshdr(scn, &header) == nullptr) {
        fail("{} (section {}) does not exist", what, index);
    }
    if (header.sh_type != SHT_NOBITS && !in_file(header.sh_offset, header.sh_size)) {
        fail("truncated: {} (section {}) lies beyond the end of the file", what, index);
    }
    return header;
}

std::optional<size_t> ElfReader::find_symbol_table() const {
    std::optional<size_t> found;
    for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(elf_.get(), scn)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(scn, &header) == nullptr) fail("has a malformed section header");
        if (header.sh_type != SHT_SYMTAB) continue;
        if (found) fail("has more than one symbol table");
        found = elf_ndxscn(scn);
    }
    return found;
}

const char* ElfReader::symbol_name(const GElf_Shdr& names, const GElf_Sym& symbol,
                                   size_t index) const {
    if (symbol.st_name >= names.sh_size) {
        fail("the name of symbol {} lies outside the string table", index);
    }
    return file_text(names.sh_offset + symbol.st_name);
}

void ElfReader::read_symbols() {
    if (header_.e_shoff == 0) return;
    check_section_table();
    const std::optional<size_t> index = find_symbol_table();
    if (!index) return;
    const GElf_Shdr table = section(*index, "the symbol table");
    const size_t entry_size = gelf_fsize(elf_.get(), ELF_T_SYM, 1, EV_CURRENT);
    if (table.sh_entsize != entry_size) {
        fail("the symbol table (section {}) has entries of {} bytes instead of {}", *index,
             table.sh_entsize, entry_size);
    }
    if (table.sh_size % entry_size != 0) {
        fail("the symbol table (section {}) ends inside an entry", *index);
    }
    const GElf_Shdr names = section(table.sh_link, "the symbols' string table");
    if (names.sh_type != SHT_STRTAB || names.sh_size == 0 ||
        *file_text(names.sh_offset + names.sh_size - 1) != '\0') {
        fail("the symbols' string table (section {}) is malformed", table.sh_link);
    }
    Elf_Data* data = elf_getdata(elf_getscn(elf_.get(), *index), nullptr);
    if (data == nullptr) fail("the symbol table is malformed: {}", elf_errmsg(-1));
    for (size_t i = 1; i < table.sh_size / entry_size; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) {
            fail("symbol {} is malformed: {}", i, elf_errmsg(-1));
        }
        add_symbol(symbol, symbol_name(names, symbol, i));
    }
    std::ranges::stable_sort(image_.functions, {}, &Symbol::address);
}

void ElfReader::add_symbol(const GElf_Sym& symbol, const char* name) {
    if (symbol.st_shndx == SHN_UNDEF) return;
    for (const WantedSymbol& wanted : kWanted) {
        if (std::strcmp(name, wanted.name) != 0) continue;
        image_.*wanted.field = to_physical(symbol.st_value).value_or(symbol.st_value);
    }
    if (is_label(symbol, name)) image_.functions.push_back({symbol.st_value, name});
}

// Functions, and the plain labels of assembly; neither mapping symbols ($x, $d; psABI) nor the
// compiler's local labels.
bool ElfReader::is_label(const GElf_Sym& symbol, const char* name) const {
    const unsigned type = GELF_ST_TYPE(symbol.st_info);
    if ((type != STT_FUNC && type != STT_NOTYPE) || symbol.st_shndx == SHN_ABS) return false;
    if (name[0] == '\0' || name[0] == '$' || (name[0] == '.' && name[1] == 'L')) return false;
    return std::ranges::any_of(image_.segments, [&](const Segment& segment) {
        return segment.executable && symbol.st_value - segment.virtual_address < segment.mem_size;
    });
}

}  // namespace

bool is_elf(std::span<const std::byte> bytes) {
    return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

void parse_elf(Image& image, unsigned xlen) {
    ElfReader reader(image, xlen);
    reader.read_segments();
    reader.read_entry();
    reader.read_symbols();
}

}  // namespace kiln
