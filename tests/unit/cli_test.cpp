// What the command line means, and what each wrong one is told.
#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>
#include <sstream>

#include "cli/cache_folder.h"
#include "cli/number.h"
#include "cli/options.h"
#include "support/log.h"
#include "unit/error_of.h"

namespace kiln {
namespace {

using test::error_of;
using Arguments = std::vector<std::string>;

const BuildInfo kBuild = {"1.2.3", "rv64i", {"interp", "other"}, "interp"};

MachineConfig run(Arguments arguments) {
    arguments.insert(arguments.begin(), "run");
    return std::get<RunRequest>(parse_arguments(arguments, kBuild)).config;
}

std::string text(const Arguments& arguments) {
    return std::get<TextRequest>(parse_arguments(arguments, kBuild)).text;
}

std::string reason(const Arguments& arguments) {
    return error_of<UsageError>([&] { parse_arguments(arguments, kBuild); });
}

TEST(Cli, Defaults) {
    const MachineConfig config = run({"--kernel", "k"});
    EXPECT_EQ(config.kernel, "k");
    EXPECT_EQ(config.isa, "");
    EXPECT_EQ(config.ram_size, uint64_t{512} << 20);
    EXPECT_EQ(config.harts, 1U);
    EXPECT_EQ(config.bios, BiosKind::standard);
    EXPECT_EQ(config.append, std::nullopt);
    EXPECT_EQ(config.backend, "interp");
    EXPECT_EQ(config.tier_up, 1000U);
    EXPECT_EQ(config.code_cache, uint64_t{64} << 20);
    EXPECT_EQ(config.cache, std::nullopt);
    EXPECT_EQ(config.cache_limit, uint64_t{256} << 20);
    EXPECT_EQ(config.clock, ClockKind::host);
    EXPECT_EQ(config.limit_instructions, std::nullopt);
    EXPECT_EQ(config.log_mask, 0U);
    EXPECT_FALSE(config.stats);
    EXPECT_EQ(config.signature_granularity, 4U);
}

TEST(Cli, EveryOptionOfABoot) {
    const MachineConfig config = run({"--machine",     "virt",
                                      "--isa",         "rv64gc",
                                      "--ram",         "1G",
                                      "--smp",         "8",
                                      "--bios",        "fw",
                                      "--kernel",      "k",
                                      "--initrd",      "i",
                                      "--append",      "a b",
                                      "--dtb",         "d",
                                      "--drive",       "x.img",
                                      "--drive",       "y,ro",
                                      "--backend",     "other",
                                      "--tier-up",     "0",
                                      "--code-cache",  "2M",
                                      "--cache",       "/c",
                                      "--cache-limit", "1G",
                                      "--clock",       "icount:0x20",
                                      "--dump-dtb",    "dd",
                                      "--stats",       "--stats-json",
                                      "s.json",        "--log",
                                      "int,mmu",       "--limit-instructions",
                                      "0x10"});
    EXPECT_EQ(config.isa, "rv64gc");
    EXPECT_EQ(config.ram_size, uint64_t{1} << 30);
    EXPECT_EQ(config.harts, 8U);
    EXPECT_EQ(config.bios, BiosKind::file);
    EXPECT_EQ(config.bios_file, "fw");
    EXPECT_EQ(config.kernel, "k");
    EXPECT_EQ(config.initrd, "i");
    EXPECT_EQ(config.append, "a b");
    EXPECT_EQ(config.dtb, "d");
    EXPECT_EQ(config.dump_dtb, "dd");
    ASSERT_EQ(config.drives.size(), 2U);
    EXPECT_EQ(config.drives[0].file, "x.img");
    EXPECT_FALSE(config.drives[0].read_only);
    EXPECT_EQ(config.drives[1].file, "y");
    EXPECT_TRUE(config.drives[1].read_only);
    EXPECT_EQ(config.backend, "other");
    EXPECT_EQ(config.tier_up, 0U);
    EXPECT_EQ(config.code_cache, uint64_t{2} << 20);
    EXPECT_EQ(config.cache, "/c");
    EXPECT_EQ(config.cache_limit, uint64_t{1} << 30);
    EXPECT_EQ(config.clock, ClockKind::icount);
    EXPECT_EQ(config.icount_rate, 32U);
    EXPECT_EQ(config.limit_instructions, 16U);
    EXPECT_TRUE(config.stats);
    EXPECT_EQ(config.stats_json, "s.json");
    EXPECT_EQ(config.log_mask, 0b110U);
}

TEST(Cli, EveryOptionOfAProgram) {
    const MachineConfig config = run({"x.elf", "--signature", "s", "--signature-granularity", "16",
                                      "--load-address", "0x80001000", "--append", ""});
    EXPECT_EQ(config.image, "x.elf");
    EXPECT_EQ(config.bios, BiosKind::none);
    EXPECT_EQ(config.signature, "s");
    EXPECT_EQ(config.signature_granularity, 16U);
    EXPECT_EQ(config.load_address, 0x8000'1000U);
    EXPECT_EQ(config.append, "");
}

TEST(Cli, WhoIsToldOfNativeCode) {
    EXPECT_EQ(run({"x"}).perf, PerfOutput::none);
    EXPECT_FALSE(run({"x"}).gdb_jit);
    EXPECT_EQ(run({"x", "--perf", "map"}).perf, PerfOutput::map);
    EXPECT_EQ(run({"x", "--perf", "jitdump"}).perf, PerfOutput::jitdump);
    EXPECT_TRUE(run({"x", "--gdb-jit"}).gdb_jit);
    EXPECT_EQ(reason({"run", "x", "--perf", "y"}), "--perf: 'y' is not one of: map, jitdump");
}

JitdumpRequest jitdump(Arguments arguments) {
    arguments.insert(arguments.begin(), {"jitdump", "x"});
    return std::get<JitdumpRequest>(parse_arguments(arguments, kBuild));
}

TEST(Cli, Jitdump) {
    const JitdumpRequest all = jitdump({"--tier-up", "7", "--ram", "1G"});
    EXPECT_EQ(all.config.image, "x");
    EXPECT_EQ(all.config.bios, BiosKind::none);
    EXPECT_EQ(all.config.tier_up, 7U);
    EXPECT_EQ(all.config.ram_size, uint64_t{1} << 30);
    EXPECT_TRUE(all.console);
    EXPECT_EQ(all.pc, std::nullopt);
    EXPECT_EQ(all.symbol, "");
    EXPECT_EQ(all.hottest, std::nullopt);
    EXPECT_EQ(jitdump({"--pc", "0x80000010"}).pc, 0x8000'0010U);
    EXPECT_EQ(jitdump({"--symbol", "main"}).symbol, "main");
    EXPECT_EQ(jitdump({"--hottest", "3"}).hottest, 3U);
    EXPECT_FALSE(jitdump({"--console", "none"}).console);
}

TEST(Cli, ValuesAreTakenAsTheyAre) {
    EXPECT_EQ(run({"--kernel", "k", "--append", "--ram"}).append, "--ram");
    EXPECT_EQ(run({"--kernel=k", "--append=a=b"}).append, "a=b");
    EXPECT_EQ(run({"--kernel", "k", "--append", "[a,b]"}).append, "[a,b]");
    EXPECT_EQ(run({"--drive", "[a,b]", "x.elf"}).drives.at(0).file, "[a,b]");
    EXPECT_EQ(run({"--drive", "d", "x.elf"}).image, "x.elf");
    EXPECT_EQ(run({"--", "--x.elf"}).image, "--x.elf");
}

TEST(Cli, TheLastOneCounts) {
    EXPECT_EQ(run({"x", "--ram", "1G", "--ram", "2G"}).ram_size, uint64_t{2} << 30);
    const MachineConfig config = run({"--kernel", "k", "--bios", "fw", "--bios", "none"});
    EXPECT_EQ(config.bios, BiosKind::none);
    EXPECT_EQ(config.bios_file, "");
}

TEST(Cli, WhatRunsWithoutAnImage) {
    EXPECT_EQ(run({"--bios", "fw"}).bios_file, "fw");
    EXPECT_EQ(run({"--dump-dtb", "d"}).dump_dtb, "d");
    EXPECT_EQ(run({"--bios", "none", "--kernel", "k"}).bios, BiosKind::none);
}

// An environment variable, for as long as this lives.
class Environment {
  public:
    Environment(const char* name, const char* value) : name_(name) {
        if (const char* const before = std::getenv(name)) before_ = before;
        set(value);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { set(before_ ? before_->c_str() : nullptr); }

  private:
    void set(const char* value) const {
        if (value == nullptr)
            unsetenv(name_);
        else
            setenv(name_, value, 1);
    }

    const char* name_;
    std::optional<std::string> before_;
};

TEST(Cli, WhereCodeIsKept) {
    const struct {
        const char* caches;
        const char* home;
        const char* folder;
    } cases[] = {
        {"/c", "/h", "/c/kiln"},      {nullptr, "/h", "/h/.cache/kiln"},
        {"", "/h", "/h/.cache/kiln"}, {"relative", "/h", "/h/.cache/kiln"},
        {nullptr, nullptr, ""},       {nullptr, "relative", ""},
    };
    for (const auto& [caches, home, folder] : cases) {
        const Environment xdg("XDG_CACHE_HOME", caches);
        const Environment user("HOME", home);
        EXPECT_EQ(cache_folder(run({"x"})), folder);
        EXPECT_EQ(cache_folder(run({"x", "--cache", "mine"})), "mine");
        EXPECT_EQ(cache_folder(run({"x", "--cache", "off"})), "");
    }
}

TEST(Cli, Cache) {
    const auto request = [](const Arguments& arguments) {
        return std::get<CacheRequest>(parse_arguments(arguments, kBuild));
    };
    const Environment xdg("XDG_CACHE_HOME", "/c");
    EXPECT_EQ(request({"cache"}).folder, "/c/kiln");
    EXPECT_FALSE(request({"cache"}).clear);
    EXPECT_EQ(request({"cache", "--clear", "d"}).folder, "d");
    EXPECT_TRUE(request({"cache", "--clear", "d"}).clear);
    const Environment none("XDG_CACHE_HOME", nullptr);
    const Environment home("HOME", nullptr);
    EXPECT_EQ(reason({"cache"}),
              "cache: neither XDG_CACHE_HOME nor HOME says where it is; give DIR");
}

TEST(Cli, Disasm) {
    const auto request = std::get<DisasmRequest>(parse_arguments(
        Arguments{"disasm", "x", "--start", "0x10", "--count", "3", "--isa", "rv32i"}, kBuild));
    EXPECT_EQ(request.image, "x");
    EXPECT_EQ(request.start, 16U);
    EXPECT_EQ(request.count, 3U);
    EXPECT_EQ(request.isa, "rv32i");
}

TEST(Cli, InfoAndVersion) {
    EXPECT_TRUE(std::holds_alternative<InfoRequest>(parse_arguments(Arguments{"info"}, kBuild)));
    EXPECT_EQ(text({"--version"}), "kiln 1.2.3\n");
}

// Lines and the longest one's length.
std::pair<size_t, size_t> screen(const std::string& help) {
    std::istringstream in(help);
    size_t rows = 0;
    size_t columns = 0;
    for (std::string line; std::getline(in, line); ++rows) columns = std::max(columns, line.size());
    return {rows, columns};
}

TEST(Cli, HelpFitsTheScreen) {
    const auto [rows, columns] = screen(text({"--help"}));
    EXPECT_LE(rows, 24U);
    EXPECT_LE(columns, 80U);
    for (const char* command : {"run", "jitdump", "disasm", "cache", "info"}) {
        EXPECT_LE(screen(text({command, "--help"})).second, 80U) << command;
    }
}

TEST(Cli, RunHelpNamesEveryOption) {
    const std::string help = text({"run", "--help"});
    for (const char* option :
         {"--machine",    "--isa",          "--ram",       "--smp",
          "--bios",       "--kernel",       "--initrd",    "--append",
          "--dtb",        "--dump-dtb",     "--drive",     "--backend",
          "--tier-up",    "--code-cache",   "--clock",     "--limit-instructions",
          "--stats",      "--stats-json",   "--signature", "--signature-granularity",
          "--log",        "--load-address", "--perf",      "--gdb-jit",
          "--state-hash", "--hash-every",   "--hash-log",  "--snapshot-at",
          "--cache",      "--cache-limit"}) {
        EXPECT_NE(help.find(std::string("  ") + option + " "), std::string::npos) << option;
    }
}

TEST(Cli, WrongUsage) {
    const struct {
        Arguments arguments;
        std::string message;
    } cases[] = {
        {{}, "no command given (see kiln --help)"},
        {{"rnu"}, "The following argument was not expected: rnu"},
        {{"run"}, "run: nothing to run; give IMAGE or --kernel (see kiln run --help)"},
        {{"run", "--bios", "none"},
         "run: nothing to run; give IMAGE or --kernel (see kiln run --help)"},
        {{"run", "x", "y"}, "The following argument was not expected: y"},
        {{"run", "x", "--nonsense"}, "The following argument was not expected: --nonsense"},
        {{"run", ""}, "IMAGE: is empty"},
        {{"run", "x", "--machine", "q35"}, "--machine: 'q35' is not one of: virt"},
        {{"run", "x", "--ram", "12Q"}, "--ram: '12Q' is not a size (try 512M)"},
        {{"run", "x", "--ram", ""}, "--ram: '' is not a size (try 512M)"},
        {{"run", "x", "--ram", "0"}, "--ram: a machine needs more RAM than 0"},
        {{"run", "x", "--ram", "5K"}, "--ram: 5K is no multiple of 4K"},
        {{"run", "x", "--ram", "128T"}, "--ram: 128T is more than this host can map"},
        {{"run", "x", "--smp", "0"}, "--smp: 0 is out of range (1 to 8)"},
        {{"run", "x", "--smp", "9"}, "--smp: 9 is out of range (1 to 8)"},
        {{"run", "x", "--smp", "two"},
         "--smp: 'two' is not a number (decimal, or hexadecimal with 0x)"},
        {{"run", "x", "--smp", "-1"},
         "--smp: '-1' is not a number (decimal, or hexadecimal with 0x)"},
        {{"run", "x", "--cache", ""}, "--cache: is empty"},
        {{"run", "x", "--cache-limit", "1023K"}, "--cache-limit: 1023K is less than 1M"},
        {{"cache", "x", "y"}, "The following argument was not expected: y"},
        {{"run", "x", "--code-cache", "1M"}, "--code-cache: 1M is not between 2M and 1G"},
        {{"run", "x", "--code-cache", "2G"}, "--code-cache: 2G is not between 2M and 1G"},
        {{"run", "x", "--backend", "llvm"}, "--backend: 'llvm' is not one of: interp, other"},
        {{"run", "x", "--clock", "sun"}, "--clock: 'sun' is not one of: host, icount"},
        {{"run", "x", "--clock", "host:5"}, "--clock: 'host:5': only icount has a rate"},
        {{"run", "x", "--clock", "icount:"},
         "--clock: '' is not a number (decimal, or hexadecimal with 0x)"},
        {{"run", "x", "--clock", "icount:0"}, "--clock: 0 is out of range (1 to 1000000)"},
        {{"run", "x", "--limit-instructions", "0"},
         "--limit-instructions: 0 is out of range (1 to 18446744073709551615)"},
        {{"run", "x", "--log", "int,foo"},
         "--log: 'foo' is not an item (there are in_asm, int, mmu, guest_errors, unimp, cache, "
         "regions)"},
        {{"run", "x", "--log", ""},
         "--log: '' is not an item (there are in_asm, int, mmu, guest_errors, unimp, cache, "
         "regions)"},
        {{"run", "x", "--drive", ",ro"}, "--drive: no file given"},
        {{"run", "x", "--drive", "1", "--drive", "2", "--drive", "3", "--drive", "4", "--drive",
          "5", "--drive", "6", "--drive", "7", "--drive", "8"},
         "--drive: given 8 times; the machine takes 7 drives"},
        {{"run", "x", "--kernel", "k"}, "--kernel: cannot be used together with IMAGE"},
        {{"run", "x", "--bios", "default"},
         "--bios: IMAGE runs without firmware; use --kernel to boot through one"},
        {{"run", "x", "--bios", ""}, "--bios: is empty"},
        {{"run", "x", "--dtb", ""}, "--dtb: is empty"},
        {{"run", "x", "--initrd", "i"}, "--initrd: needs --kernel"},
        {{"run", "--kernel", "k", "--signature", "s"}, "--signature: needs IMAGE"},
        {{"run", "--kernel", "k", "--load-address", "0"}, "--load-address: needs IMAGE"},
        {{"run", "x", "--signature-granularity", "8"},
         "--signature-granularity: needs --signature"},
        {{"run", "x", "--signature", "s", "--signature-granularity", "5"},
         "--signature-granularity: '5' is not one of: 4, 8, 16"},
        {{"disasm"}, "IMAGE is required"},
        {{"disasm", "x", "--start", "1"}, "--start: an instruction's address is even"},
        {{"disasm", "x", "--count", "0"}, "--count: 0 is out of range (1 to 18446744073709551615)"},
        {{"info", "x"}, "The following argument was not expected: x"},
    };
    for (const auto& [arguments, message] : cases) EXPECT_EQ(reason(arguments), message);
}

TEST(Cli, WrongUsageOfTheLibrarysOwnKindIsNamedToo) {
    EXPECT_EQ(reason({"run", "x", "--ram"}), "--ram: 1 required SIZE missing");
    EXPECT_EQ(reason({"run", "x", "--stats=2"}), "stats was given a disallowed flag override");
}

TEST(CliNumber, Sizes) {
    const struct {
        const char* text;
        uint64_t size;
    } cases[] = {
        {"1", 1 << 20},
        {"64", 64 << 20},
        {"4K", 4096},
        {"4k", 4096},
        {"3m", 3 << 20},
        {"2G", uint64_t{2} << 30},
        {"1t", uint64_t{1} << 40},
        {"0x10M", 16 << 20},
        {"0", 0},
        {"16777215T", uint64_t{16777215} << 40},
    };
    for (const auto& [text, size] : cases) EXPECT_EQ(parse_size("--ram", text), size) << text;
    for (const char* bad : {"", "M", "K4", "4KB", " 4K", "4 K", "-1M", "+1M", "0x", "1.5G",
                            "16777216T", "99999999999999999999"}) {
        EXPECT_EQ(error_of<UsageError>([&] { parse_size("--ram", bad); }),
                  std::string("--ram: '") + bad + "' is not a size (try 512M)");
    }
}

TEST(CliNumber, Numbers) {
    EXPECT_EQ(parse_number("-n", "18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(parse_number("-n", "0XfF"), 255U);
    EXPECT_EQ(parse_number("-n", "010"), 10U);
    for (const char* bad : {"", "x", "0x", "0x-1", "1x", "18446744073709551616"}) {
        error_of<UsageError>([&] { parse_number("-n", bad); });
    }
}

TEST(CliLog, Mask) {
    EXPECT_EQ(parse_log_mask("in_asm"), 1U);
    EXPECT_EQ(parse_log_mask("unimp,guest_errors,unimp"), 0b11000U);
    for (const char* bad : {",", "int,", ",int", "Int", "int mmu"}) {
        error_of<UsageError>([&] { parse_log_mask(bad); });
    }
}

TEST(CliLog, OnlyWhatIsSwitchedOn) {
    testing::internal::CaptureStderr();
    set_log_mask(parse_log_mask("mmu"));
    log_line(LogItem::mmu, "walk {:#x}", 16);
    log_line(LogItem::interrupts, "not {}", "this");
    set_log_mask(0);
    log_line(LogItem::mmu, "nor this");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "mmu: walk 0x10\n");
}

}  // namespace
}  // namespace kiln
