// kiln::soft against MPFR. Against the host's own instructions: host_float_test.cpp.
#include "cpu/soft_float.h"

#include <array>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include "unit/fp_operands.h"
#include "unit/mpfr_oracle.h"

namespace kiln {
namespace {

using soft::Rounding;
using test::Real;

constexpr std::array kModes = {Rounding::kRne, Rounding::kRtz, Rounding::kRdn, Rounding::kRup,
                               Rounding::kRmm};

template <typename T>
struct Outcome {
    T value;
    uint32_t flags;
    bool operator==(const Outcome&) const = default;
};

template <typename T>
std::ostream& operator<<(std::ostream& out, const Outcome<T>& outcome) {
    return out << std::hex << +outcome.value << " flags " << outcome.flags;
}

template <typename T, size_t N>
std::string text(Rounding rm, const std::array<T, N>& operands) {
    std::ostringstream out;
    out << "mode " << int(rm) << " of" << std::hex;
    for (const T operand : operands) out << ' ' << +operand;
    return out.str();
}

template <typename F, typename In, size_t N>
using SoftOperation = F (*)(const std::array<In, N>&, Rounding, uint32_t&);

// Compares the two on random operands in every mode.
template <typename F, size_t N, typename In = F>
void compare(std::type_identity_t<SoftOperation<F, In, N>> soft, test::RealOperation<N> real) {
    test::FpOperands random(1);
    for (uint64_t i = test::fp_cases(); i > 0; --i) {
        const auto operands = random.tuple<In, N>();
        for (const Rounding rm : kModes) {
            Outcome<F> got{}, want{};
            want.value = test::expected<F, In, N>(real, operands, rm, want.flags);
            got.value = soft(operands, rm, got.flags);
            ASSERT_EQ(got, want) << text(rm, operands);
        }
    }
}

template <typename F>
class SoftFloat : public testing::Test {};

struct Names {
    template <typename F>
    static std::string GetName(int) {
        return "Binary" + std::to_string(8 * sizeof(F));
    }
};

using Formats = testing::Types<uint16_t, uint32_t, uint64_t>;
TYPED_TEST_SUITE(SoftFloat, Formats, Names);

TYPED_TEST(SoftFloat, Add) {
    compare<TypeParam, 2>(
        [](const auto& x, Rounding rm, uint32_t& flags) {
            return soft::add(x[0], x[1], rm, flags);
        },
        [](Real& r, const auto& x, mpfr_rnd_t mode) { return mpfr_add(r, x[0], x[1], mode); });
}

TYPED_TEST(SoftFloat, Sub) {
    compare<TypeParam, 2>(
        [](const auto& x, Rounding rm, uint32_t& flags) {
            return soft::sub(x[0], x[1], rm, flags);
        },
        [](Real& r, const auto& x, mpfr_rnd_t mode) { return mpfr_sub(r, x[0], x[1], mode); });
}

TYPED_TEST(SoftFloat, Mul) {
    compare<TypeParam, 2>(
        [](const auto& x, Rounding rm, uint32_t& flags) {
            return soft::mul(x[0], x[1], rm, flags);
        },
        [](Real& r, const auto& x, mpfr_rnd_t mode) { return mpfr_mul(r, x[0], x[1], mode); });
}

TYPED_TEST(SoftFloat, Div) {
    compare<TypeParam, 2>(
        [](const auto& x, Rounding rm, uint32_t& flags) {
            return soft::div(x[0], x[1], rm, flags);
        },
        [](Real& r, const auto& x, mpfr_rnd_t mode) { return mpfr_div(r, x[0], x[1], mode); });
}

TYPED_TEST(SoftFloat, Sqrt) {
    compare<TypeParam, 1>(
        [](const auto& x, Rounding rm, uint32_t& flags) { return soft::sqrt(x[0], rm, flags); },
        [](Real& r, const auto& x, mpfr_rnd_t mode) { return mpfr_sqrt(r, x[0], mode); });
}

TYPED_TEST(SoftFloat, Fma) {
    compare<TypeParam, 3>([](const auto& x, Rounding rm,
                             uint32_t& flags) { return soft::fma(x[0], x[1], x[2], rm, flags); },
                          [](Real& r, const auto& x, mpfr_rnd_t mode) {
                              return mpfr_fma(r, x[0], x[1], x[2], mode);
                          });
}

TYPED_TEST(SoftFloat, FmaOfInvalidProductAndNan) {
    using L = soft::Format<TypeParam>;
    const TypeParam quiet = L::kNan | 3;
    for (const TypeParam sign : {TypeParam{0}, L::kSign}) {
        const TypeParam infinity = sign | L::kInfinity;
        uint32_t flags = 0;
        EXPECT_EQ(soft::fma(infinity, TypeParam{0}, quiet, Rounding::kRne, flags), L::kNan);
        EXPECT_EQ(flags, soft::kNV);
        flags = 0;
        EXPECT_EQ(soft::fma(sign, infinity, quiet, Rounding::kRne, flags), L::kNan);
        EXPECT_EQ(flags, soft::kNV);
    }
}

// A number's order, by MPFR; the rules for NaNs are those of the "F" chapter.
TYPED_TEST(SoftFloat, Comparisons) {
    test::FpOperands random(2);
    for (uint64_t i = test::fp_cases(); i > 0; --i) {
        auto x = random.tuple<TypeParam, 2>();
        if (random.below(4) == 0) x[1] = x[0];
        Real a, b;
        test::decode(a, x[0]);
        test::decode(b, x[1]);
        const bool signaling = soft::is_signaling(x[0]) || soft::is_signaling(x[1]);
        const uint32_t quiet_flags = signaling ? soft::kNV : 0;
        const uint32_t strict_flags = mpfr_unordered_p(a, b) != 0 ? soft::kNV : 0;
        Outcome<bool> eq{}, lt{}, le{};
        eq.value = soft::eq(x[0], x[1], eq.flags);
        lt.value = soft::lt(x[0], x[1], lt.flags);
        le.value = soft::le(x[0], x[1], le.flags);
        ASSERT_EQ(eq, (Outcome<bool>{mpfr_equal_p(a, b) != 0, quiet_flags})) << text({}, x);
        ASSERT_EQ(lt, (Outcome<bool>{mpfr_less_p(a, b) != 0, strict_flags})) << text({}, x);
        ASSERT_EQ(le, (Outcome<bool>{mpfr_lessequal_p(a, b) != 0, strict_flags})) << text({}, x);
    }
}

TYPED_TEST(SoftFloat, Convert) {
    const test::RealOperation<1> same = [](Real& r, const auto& x, mpfr_rnd_t mode) {
        return mpfr_set(r, x[0], mode);
    };
    compare<uint16_t, 1, TypeParam>(
        [](const auto& x, Rounding rm, uint32_t& f) {
            return soft::convert<uint16_t>(x[0], rm, f);
        },
        same);
    compare<uint32_t, 1, TypeParam>(
        [](const auto& x, Rounding rm, uint32_t& f) {
            return soft::convert<uint32_t>(x[0], rm, f);
        },
        same);
    compare<uint64_t, 1, TypeParam>(
        [](const auto& x, Rounding rm, uint32_t& f) {
            return soft::convert<uint64_t>(x[0], rm, f);
        },
        same);
}

template <typename Int, typename F>
void compare_to_int() {
    test::FpOperands random(4);
    for (uint64_t i = test::fp_cases(); i > 0; --i) {
        const std::array<F, 1> operand = {random.any<F>()};
        Real x;
        test::decode(x, operand[0]);
        for (const Rounding rm : kModes) {
            Outcome<Int> got{};
            got.value = soft::to_int<Int>(operand[0], rm, got.flags);
            Outcome<Int> want{};
            want.value = test::expected_integer<Int>(x, rm, want.flags);
            ASSERT_EQ(got, want) << text(rm, operand);
        }
    }
}

TYPED_TEST(SoftFloat, ToInt) {
    compare_to_int<int32_t, TypeParam>();
    compare_to_int<uint32_t, TypeParam>();
    compare_to_int<int64_t, TypeParam>();
    compare_to_int<uint64_t, TypeParam>();
}

template <typename Int, typename F>
void compare_from_int() {
    test::FpOperands random(5);
    for (uint64_t i = test::fp_cases(); i > 0; --i) {
        const std::array<Int, 1> operand = {random.integer<Int>()};
        Real x;
        if constexpr (std::is_signed_v<Int>)
            mpfr_set_si(x, operand[0], MPFR_RNDN);
        else
            mpfr_set_ui(x, operand[0], MPFR_RNDN);
        for (const Rounding rm : kModes) {
            Outcome<F> got{}, want{};
            want.value = test::round_to_format<F>(x, rm, want.flags);
            got.value = soft::from_int<F>(operand[0], rm, got.flags);
            ASSERT_EQ(got, want) << text(rm, operand);
        }
    }
}

TYPED_TEST(SoftFloat, FromInt) {
    compare_from_int<int32_t, TypeParam>();
    compare_from_int<uint32_t, TypeParam>();
    compare_from_int<int64_t, TypeParam>();
    compare_from_int<uint64_t, TypeParam>();
}

}  // namespace
}  // namespace kiln
