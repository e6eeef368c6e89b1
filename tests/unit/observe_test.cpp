// Files and registrations that tell of native code, read back.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <elf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libelf.h>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

#include "jit/native/transfer.h"
#include "jit/observe/gdb_jit.h"
#include "jit/observe/jitdump.h"
#include "jit/observe/perf_map.h"
#include "unit/error_of.h"
#include "unit/scratch_folder.h"

// By gdb's manual, "JIT Interface Declarations".
extern "C" {
struct CodeEntry {
    CodeEntry* next;
    CodeEntry* previous;
    const char* elf;
    uint64_t elf_bytes;
};
struct Descriptor {
    uint32_t version;
    uint32_t action;
    CodeEntry* relevant;
    CodeEntry* first;
};
extern Descriptor __jit_debug_descriptor;
void __jit_debug_register_code();
}

namespace kiln {
namespace {

using test::error_of;
using test::ScratchFolder;

constexpr int kPid = 4711;

// Memory that stands for a code space.
alignas(32) const std::byte memory[1 << 16] = {std::byte{0x90}, std::byte{0xc3}};
const ir::Block kNoIr;

NativeCode code_at(size_t offset, size_t size, const std::string& name) {
    return {.name = name,
            .pc = 0,
            .physical = 0,
            .mode = 0,
            .instructions = 1,
            .guest = {},
            .ir = kNoIr,
            .host = {memory + offset, size},
            .disassemble = {},
            .others = {}};
}
u64 address(size_t offset) { return reinterpret_cast<u64>(memory + offset); }

// Writing to files fails while this lives.
class FullDisk {
  public:
    FullDisk() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        setrlimit(RLIMIT_FSIZE, &none);
    }
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST(PerfMap, HasALineForEachCode) {
    const ScratchFolder folder;
    PerfMap map(kPid, folder.path());
    map.on_code(code_at(0, 2, "kiln:rv64:80000000"));
    map.on_code(code_at(64, 0x1a, "kiln:rv64:80000010"));
    // It is there while the guest runs.
    EXPECT_EQ(folder.read("perf-4711.map"),
              fmt::format("{:x} 2 kiln:rv64:80000000\n{:x} 1a kiln:rv64:80000010\n", address(0),
                          address(64)));
}

TEST(PerfMap, ErrorsNameTheFile) {
    const ScratchFolder folder;
    EXPECT_EQ(error_of<InputError>([&] { PerfMap(kPid, folder.name("none")); }),
              folder.name("none/perf-4711.map") + ": cannot create: No such file or directory");
    PerfMap map(kPid, folder.path());
    const FullDisk full;
    EXPECT_EQ(error_of<InputError>([&] { map.on_code(code_at(0, 2, "x")); }),
              folder.name("perf-4711.map") + ": cannot write: File too large");
}

// A link that somebody put into /tmp is not followed.
TEST(PerfMap, RefusesALink) {
    const ScratchFolder folder;
    const std::string target = folder.write("precious", "content");
    std::filesystem::create_symlink(target, folder.name("perf-4711.map"));
    EXPECT_NE(error_of<InputError>([&] { PerfMap(kPid, folder.path()); }).find("cannot create"),
              std::string::npos);
    EXPECT_EQ(folder.read("precious"), "content");
}

// Reads a file's numbers one after the other.
class Reader {
  public:
    explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
    template <class T>
    T number() {
        T value{};
        EXPECT_LE(at_ + sizeof value, bytes_.size());
        std::memcpy(&value, bytes_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    std::string text(size_t size) {
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }
    size_t at() const { return at_; }
    bool done() const { return at_ == bytes_.size(); }

  private:
    std::string bytes_;
    size_t at_ = 0;
};

u64 monotonic() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<u64>(time.tv_sec) * 1'000'000'000 + static_cast<u64>(time.tv_nsec);
}

// By jitdump-specification.txt.
TEST(Jitdump, IsWhatTheSpecificationSays) {
    const ScratchFolder folder;
    const u64 before = monotonic();
    Jitdump dump(kPid, folder.path());
    const std::string names[] = {"kiln:rv64:80000000", "kiln:rv32:10"};
    dump.on_code(code_at(0, 2, names[0]));
    dump.on_code(code_at(32, 40, names[1]));
    const u64 after = monotonic();

    Reader in(folder.read("jit-4711.dump"));
    EXPECT_EQ(in.text(4), "DTiJ");
    EXPECT_EQ(in.number<u32>(), 1u);   // version
    EXPECT_EQ(in.number<u32>(), 40u);  // bytes of the header
    EXPECT_EQ(in.number<u32>(), u32{EM_X86_64});
    EXPECT_EQ(in.number<u32>(), 0u);
    EXPECT_EQ(in.number<u32>(), u32{kPid});
    u64 time = in.number<u64>();
    EXPECT_GE(time, before);
    EXPECT_EQ(in.number<u64>(), 0u);  // flags
    EXPECT_EQ(in.at(), 40u);
    for (u64 i = 0; i < 2; ++i) {
        const size_t begin = in.at();
        const size_t offset = i == 0 ? 0 : 32;
        const size_t size = i == 0 ? 2 : 40;
        EXPECT_EQ(in.number<u32>(), 0u);  // JIT_CODE_LOAD
        const u32 total = in.number<u32>();
        const u64 previous = std::exchange(time, in.number<u64>());
        EXPECT_LE(previous, time);
        EXPECT_EQ(in.number<u32>(), u32{kPid});
        EXPECT_EQ(in.number<u32>(), static_cast<u32>(gettid()));
        EXPECT_EQ(in.number<u64>(), address(offset));
        EXPECT_EQ(in.number<u64>(), address(offset));
        EXPECT_EQ(in.number<u64>(), size);
        EXPECT_EQ(in.number<u64>(), i);
        EXPECT_EQ(in.text(names[i].size() + 1), names[i] + '\0');
        EXPECT_EQ(in.text(size), std::string(reinterpret_cast<const char*>(memory + offset), size));
        EXPECT_EQ(in.at() - begin, total);
    }
    EXPECT_TRUE(in.done());
    EXPECT_LE(time, after);
}

bool is_mapped_executable(const std::string& name) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.ends_with(name) && line.find(" r-xp ") != std::string::npos) return true;
    return false;
}

TEST(Jitdump, FileIsMappedAsPerfWantsIt) {
    const ScratchFolder folder;
    const std::string name = std::filesystem::canonical(folder.path()) / "jit-4711.dump";
    {
        const Jitdump dump(kPid, folder.path());
        EXPECT_TRUE(is_mapped_executable(name));
    }
    EXPECT_FALSE(is_mapped_executable(name));
}

TEST(Jitdump, ErrorsNameTheFile) {
    const ScratchFolder folder;
    const std::string name = folder.name("jit-4711.dump");
    EXPECT_EQ(error_of<InputError>([&] { Jitdump(kPid, folder.name("none")); }),
              folder.name("none/jit-4711.dump") + ": cannot create: No such file or directory");
    Jitdump dump(kPid, folder.path());
    const FullDisk full;
    EXPECT_EQ(error_of<InputError>([&] { dump.on_code(code_at(0, 2, "x")); }),
              name + ": cannot write: File too large");
    EXPECT_EQ(error_of<InputError>([&] { Jitdump(kPid + 1, folder.path()); }),
              folder.name("jit-4712.dump") + ": cannot write: File too large");
}

// An ELF in memory as libelf sees it.
class ElfReader {
  public:
    ElfReader(const std::byte* bytes, size_t size)
        : elf_((elf_version(EV_CURRENT),
                elf_memory(reinterpret_cast<char*>(const_cast<std::byte*>(bytes)), size))) {}
    ~ElfReader() { elf_end(elf_); }
    ElfReader(const ElfReader&) = delete;
    ElfReader& operator=(const ElfReader&) = delete;

    const Elf64_Ehdr* header() const { return elf64_getehdr(elf_); }
    const char* section_name(const Elf64_Shdr* section) const {
        return elf_strptr(elf_, header()->e_shstrndx, section->sh_name);
    }
    Elf_Scn* find(const std::string& name) const {
        for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr;
             section = elf_nextscn(elf_, section))
            if (name == section_name(elf64_getshdr(section))) return section;
        return nullptr;
    }
    const Elf64_Shdr* section(const std::string& name) const {
        Elf_Scn* found = find(name);
        return found == nullptr ? nullptr : elf64_getshdr(found);
    }
    std::span<const std::byte> content(const std::string& name) const {
        const Elf_Data* data = elf_getdata(find(name), nullptr);
        return {static_cast<const std::byte*>(data->d_buf), data->d_size};
    }
    // Function symbols, all of which lie in .text.
    std::vector<CodeSymbol> functions() const {
        const Elf_Data* data = elf_getdata(find(".symtab"), nullptr);
        const auto* symbols = static_cast<const Elf64_Sym*>(data->d_buf);
        std::vector<CodeSymbol> functions;
        for (size_t i = 1; i < data->d_size / sizeof(Elf64_Sym); ++i) {
            EXPECT_EQ(ELF64_ST_TYPE(symbols[i].st_info), STT_FUNC);
            EXPECT_EQ(symbols[i].st_shndx, elf_ndxscn(find(".text")));
            const char* name =
                elf_strptr(elf_, elf64_getshdr(find(".symtab"))->sh_link, symbols[i].st_name);
            functions.push_back({name, symbols[i].st_value, symbols[i].st_size});
        }
        return functions;
    }

  private:
    Elf* elf_;
};

TEST(SymbolElf, NamesCode) {
    const CodeSymbol symbols[] = {{"kiln:rv64:80000000", 0x7f00'0000'1000, 0x51},
                                  {"kiln:rv64:80000010", 0x7f00'0000'1060, 8}};
    const std::vector<std::byte> bytes = make_symbol_elf(symbols);
    const ElfReader elf(bytes.data(), bytes.size());
    ASSERT_NE(elf.header(), nullptr);
    EXPECT_EQ(elf.header()->e_machine, EM_X86_64);
    const Elf64_Shdr* text = elf.section(".text");
    ASSERT_NE(text, nullptr);
    EXPECT_EQ(text->sh_type, u32{SHT_NOBITS});
    EXPECT_EQ(text->sh_flags, u64{SHF_ALLOC | SHF_EXECINSTR});
    EXPECT_EQ(text->sh_addr, 0x7f00'0000'1000u);
    EXPECT_EQ(text->sh_size, 0x68u);
    const std::vector<CodeSymbol> functions = elf.functions();
    ASSERT_EQ(functions.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(functions[i].name, symbols[i].name);
        EXPECT_EQ(functions[i].address, symbols[i].address);
        EXPECT_EQ(functions[i].size, symbols[i].size);
    }
}

// DWARF 4, 6.4.1: the code's frame description covers all of it.
TEST(SymbolElf, DescribesFrames) {
    const CodeSymbol symbol{"x", 0x7f00'0000'1000, 0x51};
    const std::vector<std::byte> bytes = make_symbol_elf({&symbol, 1});
    const ElfReader elf(bytes.data(), bytes.size());
    const std::span<const std::byte> content = elf.content(".debug_frame");
    Reader in({reinterpret_cast<const char*>(content.data()), content.size()});
    const u32 common = in.number<u32>();
    EXPECT_EQ((common + 4) % 8, 0u);
    EXPECT_EQ(in.number<u32>(), ~u32{0});
    // Version, augmentation, alignments 1 and -8, return column; DW_CFA_def_cfa_expression of 13
    // bytes: what current_frame holds, + 1080; the return address, rbx, rbp, r12 to r15 below.
    EXPECT_EQ(in.text(8), std::string("\x01\x00\x01\x78\x10"
                                      "\x0f\x0d\x03",
                                      8));
    EXPECT_EQ(in.number<u64>(), reinterpret_cast<u64>(&native::current_frame));
    EXPECT_EQ(in.text(18), std::string("\x06\x23\xb8\x08"
                                       "\x90\x01\x83\x02\x86\x03\x8c\x04\x8d\x05\x8e\x06\x8f\x07",
                                       18));
    in.text(common + 4 - in.at());
    EXPECT_EQ(in.number<u32>(), 20u);
    EXPECT_EQ(in.number<u32>(), 0u);
    EXPECT_EQ(in.number<u64>(), symbol.address);
    EXPECT_EQ(in.number<u64>(), symbol.size);
    EXPECT_TRUE(in.done());
}

// What gdb would see now, a list of symbols for each entry.
std::vector<std::vector<CodeSymbol>> registered() {
    std::vector<std::vector<CodeSymbol>> all;
    const CodeEntry* previous = nullptr;
    for (const CodeEntry* entry = __jit_debug_descriptor.first; entry != nullptr;
         previous = std::exchange(entry, entry->next)) {
        EXPECT_EQ(entry->previous, previous);
        all.push_back(ElfReader(reinterpret_cast<const std::byte*>(entry->elf), entry->elf_bytes)
                          .functions());
    }
    return all;
}

// Their addresses as offsets in `memory`, sorted. Entries must not overlap.
std::vector<size_t> offsets() {
    std::vector<size_t> offsets;
    auto groups = registered();
    std::ranges::sort(groups, {}, [](const auto& group) { return group.front().address; });
    for (const auto& group : groups)
        for (const CodeSymbol& symbol : group) offsets.push_back(symbol.address - address(0));
    EXPECT_TRUE(std::ranges::is_sorted(offsets));
    return offsets;
}

TEST(GdbJit, DescriptorIsGdbs) {
    EXPECT_EQ(__jit_debug_descriptor.version, 1u);
    EXPECT_NE(reinterpret_cast<void*>(&__jit_debug_register_code), nullptr);
    EXPECT_EQ(__jit_debug_descriptor.first, nullptr);
}

TEST(GdbJit, CodeIsRegisteredBeforeItRuns) {
    GdbJit gdb;
    gdb.on_space(memory);
    gdb.on_code(code_at(0, 30, "kiln:rv64:80000000"));
    gdb.on_code(code_at(32, 40, "kiln:rv64:80000010"));
    EXPECT_TRUE(registered().empty());
    gdb.on_ready();
    EXPECT_EQ(__jit_debug_descriptor.action, 1u);  // JIT_REGISTER_FN
    EXPECT_EQ(__jit_debug_descriptor.relevant, __jit_debug_descriptor.first);
    const auto groups = registered();
    ASSERT_EQ(groups.size(), 1u);
    ASSERT_EQ(groups[0].size(), 2u);
    EXPECT_EQ(groups[0][0].name, "kiln:rv64:80000000");
    EXPECT_EQ(groups[0][0].address, address(0));
    EXPECT_EQ(groups[0][0].size, 30u);
    EXPECT_EQ(groups[0][1].name, "kiln:rv64:80000010");
    EXPECT_EQ(groups[0][1].address, address(32));
}

// Blocks and regions lie in two places: what is in between is not theirs.
TEST(GdbJit, CodeThatIsFarAwayHasAnElfOfItsOwn) {
    static const std::vector<std::byte> far_away(1 << 20);
    const std::byte* const last = far_away.data() + far_away.size() - 64;
    GdbJit gdb;
    NativeCode code = code_at(0, 32, "x");
    for (const std::byte* host : {far_away.data(), far_away.data() + 64, last}) {
        code.host = {host, 32};
        gdb.on_code(code);
    }
    gdb.on_ready();
    EXPECT_EQ(registered().size(), 2u);
}

TEST(GdbJit, CodeThatHasGoneIsTakenBack) {
    GdbJit gdb;
    gdb.on_space(memory);
    for (const size_t offset : {0, 64, 128}) gdb.on_code(code_at(offset, 30, "x"));
    gdb.on_ready();
    gdb.on_gone(memory + 64);
    gdb.on_ready();
    EXPECT_EQ(offsets(), (std::vector<size_t>{0, 128}));
    gdb.on_gone(memory);
    gdb.on_gone(memory + 128);
    gdb.on_ready();
    EXPECT_TRUE(registered().empty());
    EXPECT_EQ(__jit_debug_descriptor.action, 2u);  // JIT_UNREGISTER_FN
}

// A whole boot's worth of blocks makes few entries, and code that takes the place of other code, as
// the code space does it, none that overlap.
TEST(GdbJit, GroupsAreFewAndApart) {
    GdbJit gdb;
    gdb.on_space(memory);
    constexpr size_t kBlocks = sizeof memory / 32 - 100;
    std::vector<size_t> all;
    for (size_t i = 0; i < kBlocks; ++i) {
        gdb.on_code(code_at(i * 32, 32, "x"));
        gdb.on_ready();
        all.push_back(i * 32);
    }
    EXPECT_EQ(offsets(), all);
    EXPECT_LE(registered().size(), kBlocks / 100);
    // The first part is used again, with larger blocks, while the last group is not full.
    constexpr size_t kAgain = 500;
    for (size_t i = 0; i < kAgain; ++i) gdb.on_gone(memory + i * 32);
    std::erase_if(all, [](size_t offset) { return offset < kAgain * 32; });
    for (size_t i = 0; i < kAgain / 2; ++i) {
        gdb.on_code(code_at(i * 64, 50, "y"));
        gdb.on_ready();
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(i), i * 64);
    }
    EXPECT_EQ(offsets(), all);
}

TEST(GdbJit, NothingIsLeftBehind) {
    {
        GdbJit gdb;
        gdb.on_space(memory);
        gdb.on_code(code_at(0, 30, "x"));
        gdb.on_ready();
        EXPECT_EQ(registered().size(), 1u);
        // The machine was reset: code is made somewhere else.
        gdb.on_space({memory + 1024, 1024});
        EXPECT_TRUE(registered().empty());
        gdb.on_code(code_at(1024, 30, "x"));
        gdb.on_ready();
        EXPECT_EQ(offsets(), std::vector<size_t>{1024});
    }
    EXPECT_TRUE(registered().empty());
}

}  // namespace
}  // namespace kiln
