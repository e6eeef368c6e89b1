// Disassembler and assembler, against each other and against text that the GNU tools (binutils
// 2.40, objdump -M no-aliases) print.
#include <gtest/gtest.h>
#include <random>

#include "cpu/riscv/assemble.h"
#include "cpu/riscv/disassemble.h"

namespace kiln::riscv {
namespace {

constexpr u64 kPc = 0x80001000;

const Isa& everything(unsigned xlen) {
    static const Isa isa32 = Isa::everything(32);
    static const Isa isa64 = Isa::everything(64);
    return xlen == 32 ? isa32 : isa64;
}

struct Known {
    unsigned xlen;
    u32 bits;
    const char* text;
};
constexpr Known kKnown[] = {
    {64, 0xfff50513, "addi a0,a0,-1"},
    {64, 0xfffff2b7, "lui t0,0xfffff"},
    {64, 0x00001517, "auipc a0,0x1"},
    {64, 0xffdff0ef, "jal ra,0x80000ffc"},
    {64, 0x000780e7, "jalr ra,0(a5)"},
    {64, 0xfe209ee3, "bne ra,sp,0x80000ffc"},
    {64, 0xff813083, "ld ra,-8(sp)"},
    {64, 0xfe113c23, "sd ra,-8(sp)"},
    {64, 0x03f51513, "slli a0,a0,63"},
    {64, 0x41f5551b, "sraiw a0,a0,31"},
    {64, 0x0ff0000f, "fence iorw,iorw"},
    {64, 0x0310000f, "fence rw,w"},
    {64, 0x8330000f, "fence.tso"},
    {64, 0x0100000f, "pause"},
    {64, 0x30529073, "csrrw zero,mtvec,t0"},
    {64, 0x3b01d073, "csrrwi zero,pmpaddr0,3"},
    {64, 0x1005a52f, "lr.w a0,(a1)"},
    {64, 0x1c65b52f, "sc.d.aq a0,t1,(a1)"},
    {64, 0x06c5b52f, "amoadd.d.aqrl a0,a2,(a1)"},
    {64, 0x0ac5a52f, "amoswap.w.rl a0,a2,(a1)"},
    {64, 0x00c5f553, "fadd.s fa0,fa1,fa2"},
    {64, 0x02c59553, "fadd.d fa0,fa1,fa2,rtz"},
    {64, 0x6ac5c543, "fmadd.d fa0,fa1,fa2,fa3,rmm"},
    {64, 0xc2051553, "fcvt.w.d a0,fa0,rtz"},
    {64, 0xf2050553, "fmv.d.x fa0,a0"},
    {64, 0x0005a507, "flw fa0,0(a1)"},
    {64, 0x12000073, "sfence.vma zero,zero"},
    {64, 0x0045200f, "cbo.zero (a0)"},
    {64, 0x02156013, "prefetch.r 32(a0)"},
    {64, 0x0800c53b, "zext.h a0,ra"},
    {32, 0x0800c533, "zext.h a0,ra"},
    {64, 0x6b855513, "rev8 a0,a0"},
    {32, 0x69855513, "rev8 a0,a0"},
    {64, 0x7139, "c.addi16sp sp,-64"},
    {64, 0x0808, "c.addi4spn a0,sp,16"},
    {64, 0x7545, "c.lui a0,0xffff1"},
    {64, 0x547d, "c.li s0,-1"},
    {64, 0x8082, "c.jr ra"},
    {64, 0x60a2, "c.ldsp ra,8(sp)"},
    {64, 0xe406, "c.sdsp ra,8(sp)"},
    {64, 0x6588, "c.ld a0,8(a1)"},
    {64, 0xdd75, "c.beqz a0,0x80000ffc"},
    {64, 0xbff5, "c.j 0x80000ffc"},
    {32, 0x3ff5, "c.jal 0x80000ffc"},
    {64, 0x3ff5, "c.addiw t6,-3"},
    {64, 0x9002, "c.ebreak"},
};

TEST(Disassemble, PrintsWhatTheGnuToolsPrint) {
    for (const Known& known : kKnown)
        EXPECT_EQ(disassemble(known.bits, kPc, everything(known.xlen)), known.text);
}

TEST(Assemble, TakesWhatTheGnuToolsPrint) {
    for (const Known& known : kKnown) {
        std::string error;
        const auto got = assemble(known.text, everything(known.xlen), kPc, error);
        ASSERT_TRUE(got) << error;
        EXPECT_EQ(got->bits, known.bits) << known.text;
        EXPECT_EQ(got->length, is_long_encoding(known.bits) ? 4 : 2) << known.text;
    }
}

TEST(Disassemble, ShowsUnknownEncodingsAsData) {
    EXPECT_EQ(disassemble(0xffffffff, 0, everything(64)), ".4byte 0xffffffff");
    EXPECT_EQ(disassemble(0x12340000, 0, everything(64)), ".2byte 0x0000");
    EXPECT_EQ(disassemble(0x02c58533, 0, Isa::parse("rv64i")), ".4byte 0x02c58533");
    EXPECT_EQ(disassemble(0x00c5d553, 0, everything(64)), ".4byte 0x00c5d553");  // rm = 5
}

// Every row: random operands, encoded, printed and read back.
class RoundTrip : public testing::TestWithParam<unsigned> {};

u32 random_encoding(const InsnInfo& info, InsnId id, std::mt19937_64& random) {
    Operands operands;
    operands.rd = random() & 31;
    operands.rs1 = random() & 31;
    operands.rs2 = random() & 31;
    operands.imm = static_cast<i32>(random());
    const u32 order =
        info.order.width != 0 ? static_cast<u32>(random() & 3) << info.order.shift : 0;
    return encode(id, operands) | order;
}

TEST_P(RoundTrip, EveryRow) {
    const Isa& isa = everything(GetParam());
    std::mt19937_64 random(GetParam());
    for (size_t i = 0; i < kInsnCount; ++i) {
        const auto id = static_cast<InsnId>(i);
        const InsnInfo& info = insn_info(id);
        const bool exists =
            info.xlen == Width::kBoth || (info.xlen == Width::kRv32) == (isa.xlen == 32);
        if (info.length == 0 || !exists) continue;
        int done = 0;
        for (int tries = 0; tries < 2000; ++tries) {
            const u32 bits = random_encoding(info, id, random);
            // Reserved operands, and those that belong to a row before this one.
            if (insn_info(decode(bits, isa, {}).id).mnemonic != info.mnemonic) continue;
            const u64 pc = isa.xlen == 32 ? random() & 0xfffffffe : random() & ~u64{1};
            const std::string text = disassemble(bits, pc, isa);
            std::string error;
            const auto back = assemble(text, isa, pc, error);
            ASSERT_TRUE(back) << error;
            ASSERT_EQ(back->bits, bits) << text;
            ASSERT_EQ(back->length, info.length) << text;
            ++done;
        }
        EXPECT_GT(done, 0) << info.mnemonic;
    }
}

INSTANTIATE_TEST_SUITE_P(Xlen, RoundTrip, testing::Values(32u, 64u));

u32 bits_of(std::string_view line, unsigned xlen = 64) {
    std::string error;
    const auto got = assemble(line, everything(xlen), kPc, error);
    EXPECT_TRUE(got) << error;
    return got ? got->bits : 0;
}

TEST(Assemble, AcceptsOtherSpellings) {
    EXPECT_EQ(bits_of("  addi\tx10 , x10 , -0x1 "), 0xfff50513u);
    EXPECT_EQ(bits_of("jal ra, .-4"), 0xffdff0efu);
    EXPECT_EQ(bits_of("jal zero, ."), 0x0000006fu);
    EXPECT_EQ(bits_of("csrrw zero, 0x305, t0"), 0x30529073u);
    EXPECT_EQ(bits_of("fadd.s f10, f11, f12, dyn"), 0x00c5f553u);
    EXPECT_EQ(bits_of("addi fp, fp, 0"), bits_of("addi s0, x8, 0"));
    EXPECT_EQ(bits_of(".word 0xdeadbeef"), 0xdeadbeefu);
    EXPECT_EQ(bits_of(".half 65535"), 0xffffu);
    EXPECT_EQ(bits_of("lui a0, -1"), bits_of("lui a0, 0xfffff"));
    EXPECT_EQ(bits_of("fence 0, rw"), 0x0030000fu);
}

struct Refused {
    unsigned xlen;
    const char* line;
    const char* reason;
};
constexpr Refused kRefused[] = {
    {64, "", "is not an instruction"},
    {64, "nop", "is not an instruction"},
    {64, "add.aq a0,a1,a2", "is not an instruction"},
    {32, "ld a0,0(a0)", "is not an instruction of rv32"},
    {64, "zip a0,a0", "is not an instruction of rv64"},
    {64, "addi a0,a0,2048", "does not fit"},
    {64, "addi a0,a0,-2049", "does not fit"},
    {64, "addi a0,a0,0x1ffffffff", "does not fit"},
    {64, "addi a0,a0", "expected"},
    {64, "addi a0,a0,", "missing"},
    {64, "addi a0,a0,1,", "too much"},
    {64, "addi a0,a0,one", "not a number"},
    {64, "addi a0,fa0,1", "not a register"},
    {64, "addi a0,x32,1", "not a register"},
    {64, "addi a0,x01,1", "not a register"},
    {64, "fadd.s a0,fa0,fa0", "not a register"},
    {64, "fadd.s fa0,fa0,fa0,rxx", "not a rounding mode"},
    {64, "fadd.s fa0,fa0,fa0,", "missing"},
    {64, "lui a0,0x100000", "20 bits"},
    {64, "slli a0,a0,64", "does not fit"},
    {32, "slli a0,a0,32", "reserved"},
    {64, "beq a0,a0,.+3", "does not fit"},
    {64, "beq a0,a0,.+4096", "does not fit"},
    {64, "jal ra,0x100000000000", "too far"},
    {64, "csrrw a0,nosuchcsr,a0", "not a number"},
    {64, "csrrw a0,0x1000,a0", "0..0xfff"},
    {64, "csrrwi a0,mscratch,32", "0..31"},
    {64, "fence rx,w", "set of"},
    {64, "c.lw t0,0(a0)", "does not fit"},
    {64, "c.lw a0,2(a0)", "does not fit"},
    {64, "c.ldsp a0,8(a1)", "does not fit"},
    {64, "c.mv a0,zero", "c.jr"},
    {64, "c.lui sp,1", "c.addi16sp"},
    {64, "c.addiw zero,1", "reserved"},
    {64, "c.addi4spn a0,sp,0", "reserved"},
    {64, ".half 0x10000", "too large"},
    {64, ".word", "not a number"},
    {64, "illegal", "is not an instruction"},
};

TEST(Assemble, RefusesWithAReason) {
    for (const Refused& refused : kRefused) {
        std::string error;
        const auto got = assemble(refused.line, everything(refused.xlen), kPc, error);
        EXPECT_FALSE(got) << refused.line;
        EXPECT_NE(error.find(refused.reason), std::string::npos) << error;
    }
}

TEST(Assemble, KnowsTheIsa) {
    std::string error;
    EXPECT_FALSE(assemble("mul a0,a0,a0", Isa::parse("rv64ia"), 0, error));
    EXPECT_TRUE(assemble("mul a0,a0,a0", Isa::parse("rv64im"), 0, error));
}

}  // namespace
}  // namespace kiln::riscv
