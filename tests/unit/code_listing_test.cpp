// What `kiln jitdump` shows of native code.
#include "cli/code_listing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/host_disassembler.h"
#include "jit/ir/text.h"
#include "jit/native/code_space.h"
#include "unit/error_of.h"

namespace kiln {
namespace {

// add rax, rcx; ret: stands for each block's code.
alignas(32) const std::byte memory[256] = {std::byte{0x48}, std::byte{0x01}, std::byte{0xc8},
                                           std::byte{0xc3}};
constexpr std::byte kGuest[] = {std::byte{0x33}, std::byte{0x05}, std::byte{0xb5},
                                std::byte{0},    std::byte{0x85}, std::byte{2}};
const ir::Block kIr = ir::parse("block i64\nat +0, 0\nend +6, 2\n  jump +6\n");

const std::vector<Symbol> kFunctions = {{0x1000, "first"}, {0x2000, "second"}};

class Listing : public testing::Test {
  protected:
    // A block of two instructions, with code at memory + offset.
    NativeCode code(size_t offset, u64 pc, u64 physical) {
        return {.name = fmt::format("kiln:rv64:{:x}", pc),
                .pc = pc,
                .physical = physical,
                .mode = 0x83,
                .instructions = 2,
                .guest = kGuest,
                .ir = kIr,
                .host = {memory + offset, 4},
                .disassemble =
                    [pc] {
                        const std::span<const std::byte> bytes(kGuest);
                        return std::vector<GuestLine>{{pc, bytes.first(4), "add a0,a0,a1"},
                                                      {pc + 4, bytes.subspan(4), "c.addi t0,1"}};
                    },
                .others = {}};
    }
    static u64 address(size_t offset) { return reinterpret_cast<u64>(memory + offset); }
    CodeRecorder recorder() { return CodeRecorder(wanted_code(request, kFunctions)); }
    std::string list(CodeRecorder& from) {
        std::string text;
        list_code(from, request, kFunctions, [&](std::string_view part) { text += part; });
        return text;
    }
    // The names of the blocks that are listed.
    std::vector<std::string> names(CodeRecorder& from) {
        std::vector<std::string> names;
        const std::string text = list(from);
        const std::string start = "block kiln:rv64:";
        for (size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
            const size_t name = at + start.size();
            names.push_back(text.substr(name, text.find_first_of(" ,", name) - name));
        }
        return names;
    }

    JitdumpRequest request;
};

using Names = std::vector<std::string>;

TEST_F(Listing, ShowsABlockThreeWays) {
    CodeRecorder from = recorder();
    from.on_space(memory);
    from.sampler().stop();
    const u64 outside = from.sampler().all();
    from.on_code(code(0, 0x2008, 0x80002008));
    from.sampler().take(address(3));
    EXPECT_EQ(
        list(from),
        fmt::format("block kiln:rv64:2008 <second+0x8>, physical 0x80002008, mode 0x83\n"
                    "2 instructions in 6 bytes; 4 bytes of host code; 1 of {2} "
                    "samples ({3:.1f} %)\n"
                    "guest:\n"
                    "  2008:  00b50533  add a0,a0,a1\n"
                    "  200c:  0285      c.addi t0,1\n"
                    "ir:\n"
                    "  block i64\n"
                    "  at +0, 0\n"
                    "  end +6, 2\n"
                    "    jump +6\n"
                    "host:\n"
                    "  {0:x}:  add rax, rcx\n"
                    "  {1:x}:  ret\n"
                    "\n",
                    address(0), address(3), outside + 1, 100.0 / static_cast<double>(outside + 1)));
}

TEST_F(Listing, ShowsAllByAddress) {
    CodeRecorder from = recorder();
    from.on_space(memory);
    from.on_code(code(0, 0x2000, 0x2000));
    from.on_code(code(32, 0x1000, 0x1000));
    from.on_code(code(64, 0x10, 0x10));
    EXPECT_EQ(names(from), (Names{"10", "1000", "2000"}));
    // In front of the first function there is none.
    EXPECT_NE(list(from).find("block kiln:rv64:10, physical"), std::string::npos);
    EXPECT_NE(list(from).find("block kiln:rv64:1000 <first>, physical"), std::string::npos);
}

TEST_F(Listing, LeavesOutWhatHasGone) {
    CodeRecorder from = recorder();
    from.on_space(memory);
    from.on_code(code(0, 0x1000, 0x1000));
    from.on_code(code(32, 0x2000, 0x2000));
    from.on_gone(memory);
    EXPECT_EQ(names(from), Names{"2000"});
    from.on_space(memory);
    EXPECT_EQ(names(from), Names{});
}

TEST_F(Listing, PicksByAddress) {
    request.pc = 0x1004;
    CodeRecorder from = recorder();
    from.on_space(memory);
    from.on_code(code(0, 0x1000, 0x8000));
    from.on_code(code(32, 0x1004, 0x8004));
    from.on_code(code(64, 0xffc, 0x7ffc));   // ends in front of it
    from.on_code(code(96, 0x1006, 0x8006));  // begins behind it
    from.on_code(code(128, 0x5002, 0x1002));
    EXPECT_EQ(names(from), (Names{"1000", "1004", "5002"}));
}

TEST_F(Listing, PicksByFunction) {
    request.symbol = "first";
    CodeRecorder from = recorder();
    from.on_space(memory);
    size_t offset = 0;
    for (const u64 pc : {0xffe, 0x1000, 0x1ffe, 0x2000})
        from.on_code(code(std::exchange(offset, offset + 32), pc, pc));
    EXPECT_EQ(names(from), (Names{"1000", "1ffe"}));
    // The last one has no end.
    request.symbol = "second";
    CodeRecorder second = recorder();
    second.on_space(memory);
    second.on_code(code(0, 0x1ffe, 0));
    second.on_code(code(32, 0x9'0000, 0));
    EXPECT_EQ(names(second), Names{"90000"});
    request.symbol = "third";
    EXPECT_EQ(test::error_of<UsageError>([&] { recorder(); }),
              "--symbol: the program has no function 'third'");
}

TEST_F(Listing, PicksTheHottest) {
    request.hottest = 2;
    CodeRecorder from = recorder();
    from.on_space(memory);
    from.sampler().stop();
    from.on_code(code(0, 0x1000, 0));
    from.on_code(code(32, 0x2000, 0));
    from.on_code(code(64, 0x3000, 0));
    for (const size_t offset : {33, 32, 65, 66, 67}) from.sampler().take(address(offset));
    EXPECT_EQ(names(from), (Names{"3000", "2000"}));
    // Other code in the place of the hottest starts anew.
    from.on_gone(memory + 64);
    from.on_code(code(64, 0x4000, 0));
    EXPECT_EQ(names(from), (Names{"2000", "1000"}));
    request.hottest = 10;
    EXPECT_EQ(names(from), (Names{"2000", "1000", "4000"}));
}

// Regions are listed with all of their blocks, and found by any of them.
TEST_F(Listing, ShowsRegions) {
    NativeCode region = code(64, 0x2008, 0x80002008);
    region.others.push_back({0x1004, 0x80003004, 6, kIr});
    request.pc = 0x1009;
    CodeRecorder from = recorder();
    from.on_space({});
    from.sampler().stop();
    from.on_code(code(0, 0x1000, 0x80001000));
    from.on_code(region);
    EXPECT_EQ(names(from), (Names{"2008"}));
    const std::string text = list(from);
    EXPECT_NE(text.find("2 blocks; 2 instructions in 12 bytes; 4 bytes of host code; "),
              std::string::npos);
    EXPECT_NE(text.find("; 1004\n  block i64\n"), std::string::npos);
    request = {};
    request.symbol = "first";
    CodeRecorder by_symbol = recorder();
    by_symbol.on_space({});
    by_symbol.on_code(region);
    EXPECT_EQ(names(by_symbol), (Names{"2008"}));
}

TEST(HostSampler, CountsByBlock) {
    HostSampler sampler;
    sampler.start();
    sampler.stop();
    const u64 before = sampler.all();
    const auto begin = reinterpret_cast<u64>(memory);
    for (const u64 at : {begin - 1, begin, begin + 31, begin + 32, begin + 255, begin + 256})
        sampler.take(at);
    EXPECT_EQ(sampler.all() - before, 6u);
    EXPECT_EQ(sampler.samples(begin, 10), 2u);
    EXPECT_EQ(sampler.samples(begin, 32), 2u);
    EXPECT_EQ(sampler.samples(begin, 33), 3u);
    EXPECT_EQ(sampler.samples(begin, 256), 4u);
    sampler.forget(begin, 33);
    EXPECT_EQ(sampler.samples(begin, 256), 1u);
}

// The signal comes, and finds where this process is.
TEST(HostSampler, AsksTheProcessor) {
    HostSampler sampler;
    sampler.start();
    while (sampler.all() == 0) asm volatile("" ::: "memory");
    sampler.stop();
    EXPECT_EQ(sampler.samples(reinterpret_cast<u64>(memory), sizeof memory), 0u);
}

TEST(HostDisassembler, SaysWhatItDoesNotKnow) {
    const std::byte code[] = {std::byte{0x90}, std::byte{0x06}, std::byte{0xc3}, std::byte{0x48}};
    EXPECT_EQ(disassemble_host(code, 0x1000),
              "1000:  nop\n1001:  .byte 0x06\n1002:  ret\n1003:  .byte 0x48\n");
    EXPECT_EQ(disassemble_host({}, 0x1000), "");
}

}  // namespace
}  // namespace kiln
