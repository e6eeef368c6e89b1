// What the commands print.
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/disasm.h"
#include "cli/error_line.h"
#include "cli/host_features.h"
#include "cli/info.h"
#include "cli/stats.h"
#include "unit/elf_builder.h"
#include "unit/error_of.h"

namespace kiln {
namespace {

using test::error_of;

RunStats sample_stats() {
    RunStats stats;
    stats.backend = "interp";
    stats.wall_seconds = 0.5;
    stats.harts = {{1'000'000, {1, 2, 3}, {{"illegal instruction", 4}, {"load page fault", 1}}},
                   {234'567, {10, 20, 30}, {{"load page fault", 1000}}}};
    stats.harts[0].user_window = {5, 6};
    stats.harts[1].user_window = {50, 60};
    stats.blocks_decoded = 7;
    stats.blocks_invalidated = 8;
    return stats;
}

TEST(CliStats, Table) {
    EXPECT_EQ(format_stats(sample_stats()),
              "backend                       interp\n"
              "retired instructions       1,234,567\n"
              "wall time                    0.500 s\n"
              "MIPS                             2.5\n"
              "TLB misses: fetch                 11\n"
              "TLB misses: load                  22\n"
              "TLB misses: store                 33\n"
              "blocks decoded                     7\n"
              "blocks invalidated                 8\n"
              "user window: pages mapped         55\n"
              "user window: faults               66\n"
              "trap: load page fault          1,001\n"
              "trap: illegal instruction          4\n"
              "hart 0: retired            1,000,000\n"
              "hart 1: retired              234,567\n");
}

TEST(CliStats, NativeCodeHasRowsWhereThereIsSome) {
    RunStats stats;
    stats.backend = "asmjit";
    stats.native = {.blocks = 1000,
                    .instructions = 4000,
                    .bytes = 50'000,
                    .refused = 2,
                    .invalidated = 3,
                    .revived = 6,
                    .links = 1500,
                    .reuses = 1,
                    .compile_seconds = 0.002};
    EXPECT_EQ(format_stats(stats),
              "backend                       asmjit\n"
              "retired instructions               0\n"
              "wall time                    0.000 s\n"
              "MIPS                             0.0\n"
              "TLB misses: fetch                  0\n"
              "TLB misses: load                   0\n"
              "TLB misses: store                  0\n"
              "blocks decoded                     0\n"
              "blocks invalidated                 0\n"
              "blocks compiled                1,000\n"
              "blocks not compilable              2\n"
              "native code invalidated            3\n"
              "native code revived                6\n"
              "instructions compiled          4,000\n"
              "host bytes an instruction       12.5\n"
              "compile time                 0.002 s\n"
              "compile time an instruction  0.50 us\n"
              "links between blocks           1,500\n"
              "code cache parts reused            1\n");
    EXPECT_EQ(nlohmann::json::parse(stats_to_json(stats))["native"], nlohmann::json::parse(R"({
        "blocks": 1000, "refused": 2, "invalidated": 3, "revived": 6, "instructions": 4000,
        "bytes": 50000,
        "compile_seconds": 0.002, "links": 1500, "reuses": 1})"));
}

TEST(CliStats, RegionsAndTiersHaveRowsWhereTheyRan) {
    RunStats stats;
    stats.backend = "tiered";
    stats.regions = {.regions = 12,
                     .kept = 6,
                     .known = 7,
                     .blocks = 300,
                     .instructions = 2000,
                     .bytes = 31'000,
                     .refused = 1,
                     .invalidated = 2,
                     .dropped = 3,
                     .evicted = 4,
                     .waiting = 5,
                     .compile_seconds = 1.5,
                     .guest_seconds = 0.004,
                     .longest_wait = 0.00025};
    stats.tiers = {{{1000, 0.5}, {2'000'000, 0.5}, {0, 0}, {30'000'000, 3}}};
    const std::string text = format_stats(stats);
    const size_t regions = text.find("regions compiled");
    ASSERT_NE(regions, std::string::npos);
    EXPECT_EQ(text.substr(regions),
              "regions compiled                                  12\n"
              "regions that were kept                             6\n"
              "regions known from earlier runs                    7\n"
              "regions not compilable                             1\n"
              "regions invalidated                                2\n"
              "regions dropped before use                         3\n"
              "regions evicted                                    4\n"
              "regions in the queue                               5\n"
              "blocks in regions                                300\n"
              "instructions in regions                        2,000\n"
              "host bytes an instruction in regions            15.5\n"
              "compile time of regions                      1.500 s\n"
              "guest's wait for regions                     0.004 s\n"
              "longest such wait                           0.250 ms\n"
              "interpreter: instructions (sampled)            1,000\n"
              "interpreter: time (sampled)                  0.500 s\n"
              "interpreter: MIPS                                0.0\n"
              "blocks: instructions (sampled)             2,000,000\n"
              "blocks: time (sampled)                       0.500 s\n"
              "blocks: MIPS                                     4.0\n"
              "regions, level 3: instructions (sampled)  30,000,000\n"
              "regions, level 3: time (sampled)             3.000 s\n"
              "regions, level 3: MIPS                          10.0\n");
    const auto json = nlohmann::json::parse(stats_to_json(stats));
    EXPECT_EQ(json["regions"], nlohmann::json::parse(R"({
        "regions": 12, "blocks": 300, "instructions": 2000, "bytes": 31000, "refused": 1,
        "invalidated": 2, "dropped": 3, "kept": 6, "known": 7, "evicted": 4, "waiting": 5,
        "compile_seconds": 1.5, "guest_seconds": 0.004, "longest_wait": 0.00025})"));
    EXPECT_EQ(json["tiers"][3],
              nlohmann::json::parse(R"({"instructions": 30000000, "seconds": 3.0})"));
}

TEST(CliStats, Json) {
    const auto json = nlohmann::json::parse(stats_to_json(sample_stats()));
    EXPECT_EQ(json, nlohmann::json::parse(R"({
        "backend": "interp", "instructions": 1234567, "wall_seconds": 0.5, "mips": 2.469134,
        "tlb_misses": {"fetch": 11, "load": 22, "store": 33},
        "user_window": {"mapped": 55, "faults": 66},
        "traps": {"illegal instruction": 4, "load page fault": 1001},
        "blocks_decoded": 7, "blocks_invalidated": 8,
        "native": {"blocks": 0, "refused": 0, "invalidated": 0, "revived": 0, "instructions": 0,
                   "bytes": 0, "compile_seconds": 0.0, "links": 0, "reuses": 0},
        "regions": {"regions": 0, "blocks": 0, "instructions": 0, "bytes": 0, "refused": 0,
                    "invalidated": 0, "dropped": 0, "kept": 0, "known": 0, "evicted": 0, "waiting": 0,
                    "compile_seconds": 0.0, "guest_seconds": 0.0, "longest_wait": 0.0},
        "tiers": [{"instructions": 0, "seconds": 0.0}, {"instructions": 0, "seconds": 0.0},
                  {"instructions": 0, "seconds": 0.0}, {"instructions": 0, "seconds": 0.0}],
        "harts": [
            {"instructions": 1000000, "tlb_misses": {"fetch": 1, "load": 2, "store": 3},
             "user_window": {"mapped": 5, "faults": 6},
             "traps": {"illegal instruction": 4, "load page fault": 1}},
            {"instructions": 234567, "tlb_misses": {"fetch": 10, "load": 20, "store": 30},
             "user_window": {"mapped": 50, "faults": 60},
             "traps": {"load page fault": 1000}}]})"));
}

TEST(CliStats, NoTimeNoSpeed) { EXPECT_EQ(nlohmann::json::parse(stats_to_json({}))["mips"], 0); }

// The kernel's names of the same features.
const std::pair<const char*, const char*> kKernelNames[] = {
    {"sse4.2", "sse4_2"}, {"popcnt", "popcnt"}, {"lzcnt", "abm"},
    {"bmi1", "bmi1"},     {"bmi2", "bmi2"},     {"avx2", "avx2"},
    {"fma", "fma"},       {"f16c", "f16c"},     {"avx512f", "avx512f"},
};

TEST(CliInfo, HostFeaturesAreTheKernels) {
    std::ifstream cpuinfo("/proc/cpuinfo");
    std::string line;
    while (std::getline(cpuinfo, line) && !line.starts_with("flags")) continue;
    std::istringstream words(line);
    const std::set<std::string> flags{std::istream_iterator<std::string>(words), {}};
    ASSERT_FALSE(flags.empty());
    std::vector<std::string> expected;
    for (const auto& [name, flag] : kKernelNames) {
        if (flags.contains(flag)) expected.push_back(name);
    }
    EXPECT_EQ(host_features(), expected);
}

TEST(CliInfo, Lines) {
    const std::string text =
        format_info({"1.2.3", "rv64i_zba", {"interp", "jit"}, "jit"}, "/c/kiln");
    EXPECT_TRUE(
        text.starts_with("kiln           1.2.3\n"
                         "backends       interp jit\n"
                         "default        jit\n"
                         "default ISA    rv64i_zba\n"
                         "host features  "));
    EXPECT_TRUE(text.ends_with("\nkept code      /c/kiln\n"));
    EXPECT_TRUE(format_info({}, "").ends_with("\nkept code      off\n"));
}

TEST(CliErrorLine, IsOneLine) {
    EXPECT_EQ(format_error_line("a: b"), "kiln: a: b\n");
    EXPECT_EQ(format_error_line("a\nb\t\x1b[31m\x7f \xc3\xa4"),
              "kiln: a\\x0ab\\x09\\x1b[31m\\x7f \xc3\xa4\n");
}

constexpr uint64_t kBase = 0x8000'0000;

// Two instructions of 4 and 2 bytes, one of 4, and half of one.
Image sample_image() {
    test::ElfBuilder<test::Elf64> builder;
    builder.add_segment(kBase, std::string("\x13\0\0\0\x01\0\x93\0\0\0\xff\xff", 12));
    builder.add_segment(kBase + 0x100, "data").p_flags = PF_R;
    builder.add_symbol("_start", kBase);
    builder.add_symbol("inside", kBase + 8);
    return parse_image("x.elf", builder.bytes(), {});
}

std::string listing(DisasmRequest request) {
    std::string text;
    list_image(
        sample_image(), request,
        [](uint32_t bits, uint64_t address) { return std::to_string(bits + (address - kBase)); },
        [&](std::string_view piece) { text += piece; });
    return text;
}

TEST(CliDisasm, ListsExecutableSegments) {
    EXPECT_EQ(listing({}),
              "\n0000000080000000 <_start>:\n"
              "    80000000:  00000013  19\n"
              "    80000004:  0001      5\n"
              "    80000006:  00000093  153\n"
              "\n0000000080000008 <inside>:\n"
              "    8000000a:  ffff      .byte\n");
}

TEST(CliDisasm, StartAndCount) {
    DisasmRequest request;
    request.start = kBase + 4;
    request.count = 1;
    EXPECT_EQ(listing(request), "    80000004:  0001      5\n");
    request.start = kBase + 0x100;  // data too, where it is asked for
    EXPECT_EQ(listing(request).substr(0, 13), "    80000100:");
}

TEST(CliDisasm, StartOutside) {
    DisasmRequest request;
    request.start = 0x10;
    EXPECT_EQ(error_of<InputError>([&] { listing(request); }), "x.elf: has no bytes at 0x10");
}

}  // namespace
}  // namespace kiln
