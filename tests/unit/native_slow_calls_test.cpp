// What native code asks for where it does not know the way: done in plain RAM, left alone
// elsewhere.
#include "jit/ir/opcode.h"
#include "native_rig.h"

namespace kiln::native {
namespace {

using namespace native_test;
using Slow = SlowCalls<riscv::Rv64>;

constexpr u64 kData = kRamBase + 0x8000;
constexpr u64 kOld = 0x1122334455667788;

// Ends the run when code is written, as the engine does.
struct Listener final : WriteListener {
    explicit Listener(Hart& h) : hart(h) {}
    void guarded_write(u64, u64, u8) noexcept override { hart.exit_request |= kExitCodeChanged; }
    Hart& hart;
};

class NativeSlowCalls : public testing::Test, public HartRig {
  protected:
    NativeSlowCalls() : listener(hart) {
        memory.add_listener(listener);
        put(kData, kOld);
        hart.native.pc_page = kRamBase + 0x1000;
        hart.exit_request = 0;
    }
    void put(u64 address, u64 value) {
        memory.dma_write(address, std::as_bytes(std::span(&value, 1)));
    }
    bool call(bool (*function)(CpuState&) noexcept, u64 address, unsigned bytes, u64 c = 0,
              u64 d = 0) {
        hart.native.args = {address, pack_access(bytes, 0x24), c, d};
        hart.native.result = ~u64{0};
        return function(hart);
    }
    u64 result() const { return hart.native.result; }
    // The interpreter has to do it: nothing has happened.
    void expect_left_alone(bool done) {
        EXPECT_FALSE(done);
        EXPECT_FALSE(hart.trap_pending);
        EXPECT_EQ(hart.exit_request, 0u);
    }
    void expect_trap(bool done, u64 cause, u64 value) {
        EXPECT_FALSE(done);
        EXPECT_TRUE(hart.trap_pending);
        EXPECT_EQ(hart.trap_cause, cause);
        EXPECT_EQ(hart.trap_value, value);
        hart.trap_pending = false;
    }

    Listener listener;
};

TEST_F(NativeSlowCalls, AccessesInRamAreDone) {
    EXPECT_TRUE(call(Slow::load, kData, 8));
    EXPECT_EQ(result(), kOld);
    EXPECT_TRUE(call(Slow::load, kData + 1, 2));
    EXPECT_EQ(result(), 0x6677u);
    EXPECT_TRUE(call(Slow::store, kData + 2, 4, 0xffffffffaabbccdd));
    EXPECT_EQ(read(kData), 0x1122aabbccdd7788u);
    EXPECT_TRUE(call(Slow::probe, kData, 0, ir::pack_probe(8, Access::kStore)));
    const u64 end = kData + kPageSize;
    EXPECT_TRUE(call(Slow::store, end - 3, 8, kOld));
    EXPECT_TRUE(call(Slow::load, end - 3, 8));
    EXPECT_EQ(result(), kOld);
}

TEST_F(NativeSlowCalls, PcIsThatOfTheInstruction) {
    hart.pc = 0;
    EXPECT_TRUE(call(Slow::load, kData, 8));
    EXPECT_EQ(hart.pc, kRamBase + 0x1024);
    hart.native.args = {kData, pack_access(8, -4), 0, 0};
    EXPECT_TRUE(Slow::load(hart));
    EXPECT_EQ(hart.pc, kRamBase + 0xffc);
    HartRig narrow(32);
    narrow.hart.native.pc_page = 0xfffff000;
    narrow.hart.native.args = {kData, pack_access(4, 0x1004), 0, 0};
    EXPECT_TRUE(SlowCalls<riscv::Rv32>::load(narrow.hart));
    EXPECT_EQ(narrow.hart.pc, 4u);
}

TEST_F(NativeSlowCalls, DevicesAreNotTouched) {
    for (const unsigned bytes : {1u, 2u, 4u, 8u}) {
        expect_left_alone(call(Slow::load, kDevice, bytes));
        expect_left_alone(call(Slow::store, kDevice, bytes, 1));
    }
    EXPECT_EQ(device.accesses, 0u);
    EXPECT_TRUE(call(Slow::probe, kDevice, 0, ir::pack_probe(4, Access::kStore)));
    expect_left_alone(call(Slow::load, 0x40, 4));
}

TEST_F(NativeSlowCalls, TrapsAreRaised) {
    expect_trap(call(Slow::atomic_rmw, kDevice, 4, 1), 7, kDevice);
    expect_trap(call(Slow::load_reserved, kDevice, 4), 5, kDevice);
    expect_trap(call(Slow::probe, 0x40, 0, ir::pack_probe(4, Access::kStore)), 7, 0x40);
    const u64 end = kRamBase + kRamSize;
    expect_trap(call(Slow::store, end - 4, 8, 1), 7, end);
    EXPECT_EQ(read(end - 8), 0u);
    enter_mode(Priv::kSupervisor);
    expect_trap(call(Slow::load, kData, 8), 5, kData);
    expect_trap(call(Slow::compare_and_swap, kData, 8, 1, 1), 5, kData);
}

TEST_F(NativeSlowCalls, GuardedMemoryIsReadAndNotWritten) {
    memory.set_granules(kData, kGranuleSize, kGranuleCode);
    EXPECT_TRUE(call(Slow::load, kData, 8));
    EXPECT_TRUE(call(Slow::load_reserved, kData, 8));
    EXPECT_TRUE(hart.reservation.valid);
    for (int again = 0; again < 2; ++again) {  // the TLB has the page the second time
        expect_left_alone(call(Slow::store, kData, 8, 1));
        expect_left_alone(call(Slow::store, kData - 7, 8, 1));
        expect_left_alone(call(Slow::store, kData + kGranuleSize - 1, 2, 1));
        expect_left_alone(call(Slow::store_conditional, kData, 8, 1));
        expect_left_alone(call(Slow::atomic_rmw, kData, 8, 1));
        expect_left_alone(call(Slow::compare_and_swap, kData, 8, kOld, 1));
    }
    EXPECT_EQ(read(kData), kOld);
    EXPECT_EQ(read(kData - 8), 0u);
    EXPECT_TRUE(hart.reservation.valid);
    EXPECT_TRUE(call(Slow::store, kData - 8, 8, 5));
    EXPECT_TRUE(call(Slow::store, kData + kGranuleSize, 8, 6));
    EXPECT_EQ(read(kData - 8), 5u);
    EXPECT_EQ(read(kData + kGranuleSize), 6u);
}

TEST_F(NativeSlowCalls, StoreOverTwoPagesAsksForBoth) {
    for (const u64 guarded : {kData - kGranuleSize, kData}) {
        memory.set_granules(guarded, 1, kGranuleCode);
        expect_left_alone(call(Slow::store, kData - 4, 8, ~u64{0}));
        memory.clear_granules(guarded, 1, kGranuleCode);
    }
    EXPECT_EQ(read(kData - 8), 0u);
    EXPECT_EQ(read(kData), kOld);
    EXPECT_TRUE(call(Slow::store, kData - 4, 8, ~u64{0}));
    EXPECT_EQ(read(kData), 0x11223344ffffffffu);
}

TEST_F(NativeSlowCalls, Atomics) {
    EXPECT_TRUE(call(Slow::atomic_rmw, kData, 4, 0x11, static_cast<u64>(AtomicOp::kAdd)));
    EXPECT_EQ(result(), 0x55667788u);
    EXPECT_EQ(read(kData), 0x1122334455667799u);
    EXPECT_TRUE(call(Slow::store_conditional, kData, 8, 1));
    EXPECT_EQ(result(), 0u);
    EXPECT_TRUE(call(Slow::load_reserved, kData, 8));
    EXPECT_EQ(result(), 0x1122334455667799u);
    EXPECT_TRUE(call(Slow::store_conditional, kData, 8, 7));
    EXPECT_EQ(result(), 1u);
    EXPECT_EQ(read(kData), 7u);
    EXPECT_TRUE(call(Slow::compare_and_swap, kData, 4, 0xff00000007, 0x1234));
    EXPECT_EQ(result(), 7u);
    EXPECT_TRUE(call(Slow::compare_and_swap, kData, 2, 7, 0x5555));
    EXPECT_EQ(result(), 0x1234u);
    EXPECT_EQ(read(kData), 0x1234u);
}

// A walk that sets A in guarded memory has dropped code, so that the run ends behind this
// instruction: the interpreter is to do it.
TEST_F(NativeSlowCalls, WalkThatWritesToCodeIsLeftToTheInterpreter) {
    constexpr u64 kTable = kRamBase + 0x3000;
    constexpr u64 kEntry = kTable + (kRamBase >> 30) * 8;
    constexpr u64 kLeaf = kRamBase >> 12 << 10 | 0xf;  // X W R V, a page of 1 GiB
    csr("pmpaddr0", ~u64{0} >> 10);
    csr("pmpcfg0", 0x1f);
    csr("menvcfg", riscv::kEnvAdue);
    csr("satp", u64{8} << 60 | kTable >> 12);
    enter_mode(Priv::kSupervisor);
    memory.set_granules(kEntry, 8, kGranuleCode);
    const auto expect_interpreter = [&](bool (*function)(CpuState&) noexcept, u64 c) {
        put(kEntry, kLeaf);
        hart.flush_translations();
        hart.exit_request = 0;
        EXPECT_FALSE(call(function, kData, 8, c));
        EXPECT_FALSE(hart.trap_pending);
        EXPECT_EQ(hart.exit_request, kExitCodeChanged);
        EXPECT_EQ(read(kData), kOld);
        hart.exit_request = 0;
    };
    expect_interpreter(Slow::load, 0);
    expect_interpreter(Slow::load_reserved, 0);
    expect_interpreter(Slow::probe, ir::pack_probe(8, Access::kLoad));
    expect_interpreter(Slow::store, 1);
    expect_interpreter(Slow::atomic_rmw, 1);
    expect_interpreter(Slow::store_conditional, 1);
    expect_interpreter(Slow::compare_and_swap, kOld);
    EXPECT_TRUE(call(Slow::load, kData, 8)) << "A is set now";
    EXPECT_EQ(result(), kOld);
}

struct FloatCase {
    ir::Opcode opcode;
    ir::Type result_type;
    ir::Type operand_type;
    Rounding rounding;
    u64 a, b, c;
    u64 result;
    u32 flags;
};

// The operations are soft_float's, which has tests of its own: here each reaches the right one.
TEST_F(NativeSlowCalls, FloatingPoint) {
    using Op = ir::Opcode;
    using enum ir::Type;
    using enum Rounding;
    enum : u32 { kInexact = 1, kInvalid = 16 };
    constexpr FloatCase kCases[] = {
        {Op::fadd, kF16, kF16, kRne, 0x3c00, 0x4000, 0, 0x4200, 0},
        {Op::fsub, kF64, kF64, kRdn, 0x3ff0000000000000, 0x3ff0000000000000, 0, 0x8000000000000000,
         0},
        {Op::fmul, kF32, kF32, kRne, 0x40000000, 0x40400000, 0, 0x40c00000, 0},
        {Op::fdiv, kF32, kF32, kRdn, 0x3f800000, 0x40400000, 0, 0x3eaaaaaa, kInexact},
        {Op::fdiv, kF32, kF32, kRup, 0x3f800000, 0x40400000, 0, 0x3eaaaaab, kInexact},
        {Op::fsqrt, kF64, kF64, kRne, 0x4010000000000000, 0, 0, 0x4000000000000000, 0},
        {Op::fma, kF32, kF32, kRne, 0x40000000, 0x40400000, 0x3f800000, 0x40e00000, 0},
        {Op::feq, kI1, kF32, kRne, 0x80000000, 0, 0, 1, 0},
        {Op::feq, kI1, kF32, kRne, 0x7fc00000, 0, 0, 0, 0},
        {Op::flt, kI1, kF32, kRne, 0x7fc00000, 0, 0, 0, kInvalid},
        {Op::flt, kI1, kF64, kRne, 0, 0x3ff0000000000000, 0, 1, 0},
        {Op::fle, kI1, kF16, kRne, 0x3c00, 0x3c00, 0, 1, 0},
        {Op::fconvert, kF32, kF64, kRtz, 0x3fb999999999999a, 0, 0, 0x3dcccccc, kInexact},
        {Op::fconvert, kF64, kF16, kRne, 0x3c00, 0, 0, 0x3ff0000000000000, 0},
        {Op::fto_int_s, kI32, kF64, kRmm, 0xc004000000000000, 0, 0, 0xfffffffd, kInexact},
        {Op::fto_int_s, kI64, kF32, kRne, 0xc0000000, 0, 0, 0xfffffffffffffffe, 0},
        {Op::fto_int_u, kI32, kF32, kRne, 0xbf800000, 0, 0, 0, kInvalid},
        {Op::fto_int_u, kI64, kF32, kRne, 0x7f800000, 0, 0, ~u64{0}, kInvalid},
        {Op::ffrom_int_s, kF32, kI32, kRne, 0xffffffff, 0, 0, 0xbf800000, 0},
        {Op::ffrom_int_u, kF32, kI32, kRup, 0xffffffff, 0, 0, 0x4f800000, kInexact},
        {Op::ffrom_int_s, kF64, kI64, kRne, ~u64{0}, 0, 0, 0xbff0000000000000, 0},
        {Op::ffrom_int_u, kF64, kI64, kRdn, ~u64{0}, 0, 0, 0x43efffffffffffff, kInexact},
    };
    for (const FloatCase& test : kCases) {
        hart.soft_fflags = 0;
        hart.native.args = {
            test.a, test.b, test.c,
            pack_float_call(static_cast<u8>(test.opcode), static_cast<u8>(test.result_type),
                            static_cast<u8>(test.operand_type), static_cast<u8>(test.rounding))};
        EXPECT_TRUE(Slow::floating(hart));
        const auto number = &test - kCases;
        EXPECT_EQ(result(), test.result) << number;
        EXPECT_EQ(hart.soft_fflags, test.flags) << number;
    }
    // Flags are sticky.
    hart.soft_fflags = 8;
    EXPECT_TRUE(Slow::floating(hart));
    EXPECT_EQ(hart.soft_fflags, 8u | kInexact);
}

}  // namespace
}  // namespace kiln::native
