// kiln::host, the host's own instructions, and kiln::soft against one another: results and flags.
// What differs from RISC-V as host_float.h documents it is expected here too.
#include "cpu/host_float.h"

#include <array>
#include <gtest/gtest.h>
#include <limits>

#include "cpu/soft_float.h"
#include "unit/fp_operands.h"

namespace kiln {
namespace {

constexpr uint32_t kHostModes = 4;  // frm 0 to 3

// Runs `operation` in rounding mode frm and gathers its flags; the test's own MXCSR stays clean.
template <typename Operation>
auto on_host(uint32_t frm, uint32_t& flags, Operation operation) {
    const uint32_t before = host::read_mxcsr();
    host::write_mxcsr(host::mxcsr_from(frm, 0));
    const auto result = operation();
    flags = host::fflags_from_mxcsr(host::read_mxcsr());
    host::write_mxcsr(before);
    return result;
}

// What RISC-V makes of a host's result: a NaN becomes the canonical one.
template <typename T>
T canonical(T result) {
    if constexpr (soft::Binary<T>) return soft::is_nan(result) ? soft::Format<T>::kNan : result;
    return result;
}

// Compares on random operands; `adjust(operands, host result, host flags)` mends a documented
// difference.
template <typename In, size_t N, typename Host, typename Soft, typename Adjust>
void compare(Host on_raw, Soft soft, Adjust adjust) {
    test::FpOperands random(11);
    for (uint64_t i = test::fp_cases(); i > 0; --i) {
        const auto x = random.tuple<In, N>();
        for (uint32_t frm = 0; frm < kHostModes; ++frm) {
            uint32_t host_flags = 0;
            uint32_t soft_flags = 0;
            auto got = canonical(on_host(frm, host_flags, [&] { return on_raw(x); }));
            adjust(x, got, host_flags);
            const auto want = soft(x, soft::Rounding{static_cast<uint8_t>(frm)}, soft_flags);
            ASSERT_TRUE(got == want && host_flags == soft_flags)
                << std::hex << "frm " << frm << " of " << x.front() << ' ' << x.back() << ": host "
                << +got << " flags " << host_flags << ", soft " << +want << " flags " << soft_flags;
        }
    }
}

constexpr auto kSame = [](const auto&, auto&, uint32_t&) {};

// "Integer indefinite" stands for what does not fit; RISC-V has limits instead.
template <typename Int>
constexpr auto kSaturate = [](const auto& x, Int& value, uint32_t& flags) {
    using Limits = std::numeric_limits<Int>;
    if ((flags & soft::kNV) == 0) return;
    EXPECT_EQ(value, Limits::min());
    EXPECT_EQ(flags, soft::kNV);
    if (soft::is_nan(x[0]) || !soft::is_negative(x[0])) value = Limits::max();
};

template <typename F>
class HostFloat : public testing::Test {};

struct Names {
    template <typename F>
    static std::string GetName(int) {
        return "Binary" + std::to_string(8 * sizeof(F));
    }
};

using Formats = testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(HostFloat, Formats, Names);

TYPED_TEST(HostFloat, Add) {
    compare<TypeParam, 2>(
        [](const auto& x) { return host::add(x[0], x[1]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::add(x[0], x[1], rm, f); }, kSame);
}

TYPED_TEST(HostFloat, Sub) {
    compare<TypeParam, 2>(
        [](const auto& x) { return host::sub(x[0], x[1]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::sub(x[0], x[1], rm, f); }, kSame);
}

TYPED_TEST(HostFloat, Mul) {
    compare<TypeParam, 2>(
        [](const auto& x) { return host::mul(x[0], x[1]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::mul(x[0], x[1], rm, f); }, kSame);
}

TYPED_TEST(HostFloat, Div) {
    compare<TypeParam, 2>(
        [](const auto& x) { return host::div(x[0], x[1]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::div(x[0], x[1], rm, f); }, kSame);
}

TYPED_TEST(HostFloat, Sqrt) {
    compare<TypeParam, 1>(
        [](const auto& x) { return host::sqrt(x[0]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::sqrt(x[0], rm, f); }, kSame);
}

TYPED_TEST(HostFloat, Fma) {
    if (!host::host_has_fma()) GTEST_SKIP() << "the host has no FMA3";
    compare<TypeParam, 3>(
        [](const auto& x) { return host::fma(x[0], x[1], x[2]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::fma(x[0], x[1], x[2], rm, f); },
        [](const auto& x, auto&, uint32_t& flags) {
            uint32_t product_flags = 0;
            soft::mul(x[0], x[1], soft::Rounding::kRne, product_flags);
            if (!soft::is_nan(x[2]) || soft::is_signaling(x[2])) return;
            if (soft::is_nan(x[0]) || soft::is_nan(x[1])) return;
            EXPECT_EQ(flags, 0u);
            flags |= product_flags & soft::kNV;
        });
}

TYPED_TEST(HostFloat, Comparisons) {
    compare<TypeParam, 2>([](const auto& x) { return host::eq(x[0], x[1]); },
                          [](const auto& x, auto, uint32_t& f) { return soft::eq(x[0], x[1], f); },
                          kSame);
    compare<TypeParam, 2>([](const auto& x) { return host::lt(x[0], x[1]); },
                          [](const auto& x, auto, uint32_t& f) { return soft::lt(x[0], x[1], f); },
                          kSame);
    compare<TypeParam, 2>([](const auto& x) { return host::le(x[0], x[1]); },
                          [](const auto& x, auto, uint32_t& f) { return soft::le(x[0], x[1], f); },
                          kSame);
}

template <typename Int, typename F>
void compare_to_int() {
    compare<F, 1>(
        [](const auto& x) { return host::to_int<Int>(x[0]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::to_int<Int>(x[0], rm, f); },
        kSaturate<Int>);
    compare<F, 1>([](const auto& x) { return host::to_int_truncated<Int>(x[0]); },
                  [](const auto& x, auto, uint32_t& f) {
                      return soft::to_int<Int>(x[0], soft::Rounding::kRtz, f);
                  },
                  kSaturate<Int>);
}

TYPED_TEST(HostFloat, ToInt) {
    compare_to_int<int32_t, TypeParam>();
    compare_to_int<int64_t, TypeParam>();
}

template <typename F, typename Int>
void compare_from_int() {
    test::FpOperands random(12);
    for (uint64_t i = test::fp_cases(); i > 0; --i) {
        const Int value = random.integer<Int>();
        for (uint32_t frm = 0; frm < kHostModes; ++frm) {
            uint32_t host_flags = 0;
            uint32_t soft_flags = 0;
            const soft::Rounding rm{static_cast<uint8_t>(frm)};
            const F got = on_host(frm, host_flags, [&] { return host::from_int<F>(value); });
            ASSERT_EQ(got, soft::from_int<F>(value, rm, soft_flags)) << value << " frm " << frm;
            ASSERT_EQ(host_flags, soft_flags) << value << " frm " << frm;
        }
    }
}

TYPED_TEST(HostFloat, FromInt) {
    compare_from_int<TypeParam, int32_t>();
    compare_from_int<TypeParam, int64_t>();
}

template <typename To, typename From>
void compare_convert() {
    compare<From, 1>(
        [](const auto& x) { return host::convert<To>(x[0]); },
        [](const auto& x, auto rm, uint32_t& f) { return soft::convert<To>(x[0], rm, f); }, kSame);
}

TEST(HostFloatConvert, Binary32AndBinary64) {
    compare_convert<uint64_t, uint32_t>();
    compare_convert<uint32_t, uint64_t>();
}

// With constant operands the compiler would fold these, were they not volatile.
TEST(HostFloatMxcsr, ConstantOperandsAreNotFolded) {
    const uint32_t one = 0x3f800000;
    const uint32_t three = 0x40400000;
    uint32_t flags = 0;
    EXPECT_EQ(on_host(2, flags, [&] { return host::div(one, three); }), 0x3eaaaaaau);
    EXPECT_EQ(flags, soft::kNX);
    EXPECT_EQ(on_host(3, flags, [&] { return host::div(one, three); }), 0x3eaaaaabu);
    EXPECT_EQ(flags, soft::kNX);
    EXPECT_EQ(on_host(3, flags, [&] { return host::add(one, one); }), 0x40000000u);
    EXPECT_EQ(flags, 0u);
}

TEST(HostFloatMxcsr, ConvertsEveryModeAndFlag) {
    // The rounding control of Intel's manual (volume 1, table 4-8) for each frm.
    const std::array<uint32_t, 8> controls = {0x0000, 0x6000, 0x2000, 0x4000, 0, 0, 0, 0};
    for (uint32_t frm = 0; frm < 8; ++frm) {
        for (uint32_t fflags = 0; fflags < 32; ++fflags) {
            const uint32_t mxcsr = host::mxcsr_from(frm, fflags);
            EXPECT_EQ(mxcsr & host::kMxcsrRounding, controls[frm]);
            EXPECT_EQ(mxcsr & ~(host::kMxcsrRounding | host::kMxcsrFlags), host::kMxcsrDefault);
            EXPECT_EQ(host::fflags_from_mxcsr(mxcsr), fflags);
            EXPECT_EQ(host::fflags_from_mxcsr(mxcsr | host::kMxcsrDenormal), fflags);
        }
    }
    EXPECT_EQ(host::fflags_from_mxcsr(host::kMxcsrInvalid), soft::kNV);
    EXPECT_EQ(host::fflags_from_mxcsr(host::kMxcsrDivideByZero), soft::kDZ);
    EXPECT_EQ(host::fflags_from_mxcsr(host::kMxcsrOverflow), soft::kOF);
    EXPECT_EQ(host::fflags_from_mxcsr(host::kMxcsrUnderflow), soft::kUF);
    EXPECT_EQ(host::fflags_from_mxcsr(host::kMxcsrInexact), soft::kNX);
}

}  // namespace
}  // namespace kiln
