// Against the host's printf.
#include <bit>
#include <cfloat>
#include <cinttypes>
#include <climits>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>

#include "bareflow_host.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

namespace {

constexpr size_t kSize = 4096;

template <typename... T>
void expect_same(const std::string& format, T... values) {
    char ours[kSize];
    char hosts[kSize];
    const int our_length = bareflow_snprintf(ours, kSize, format.c_str(), values...);
    const int host_length = snprintf(hosts, kSize, format.c_str(), values...);
    EXPECT_STREQ(ours, hosts) << format;
    EXPECT_EQ(our_length, host_length) << format;
}

const char* const kFlags[] = {"", "-", "+", " ", "#", "0", "-0", "+0", " +", "#0", "-#+ 0", "0 "};
const char* const kWidths[] = {"", "1", "5", "12", "30"};
const char* const kPrecisions[] = {"", ".", ".0", ".1", ".5", ".17", ".25"};

// Calls `check` with every combination of flags, width and precision.
template <typename Check>
void for_each_form(Check check) {
    for (const std::string flags : kFlags)
        for (const std::string width : kWidths)
            for (const std::string precision : kPrecisions) check("%" + flags + width + precision);
}

TEST(BareflowPrintf, Integers) {
    const long long values[] = {0,   1,     -1,      7,       42,        -99,
                                255, 65536, INT_MAX, INT_MIN, LLONG_MAX, LLONG_MIN};
    for_each_form([&](const std::string& form) {
        for (const long long value : values) {
            for (const char* letter : {"d", "i", "u", "x", "X", "o"}) {
                const std::string end = std::string(letter) + "|";
                expect_same(form + end, static_cast<int>(value));
                expect_same(form + "hh" + end, static_cast<int>(value));
                expect_same(form + "h" + end, static_cast<int>(value));
                expect_same(form + "l" + end, static_cast<long>(value));
                expect_same(form + "ll" + end, value);
                expect_same(form + "z" + end, static_cast<size_t>(value));
                expect_same(form + "t" + end, static_cast<ptrdiff_t>(value));
                expect_same(form + "j" + end, static_cast<intmax_t>(value));
            }
        }
    });
}

TEST(BareflowPrintf, Text) {
    for (const char* flags : {"", "-"})
        for (const std::string width : kWidths)
            for (const std::string precision : {"", ".", ".0", ".3", ".10"}) {
                const std::string form = std::string("%") + flags + width + precision + "s|";
                for (const char* text : {"", "a", "four", "a longer text"}) expect_same(form, text);
                expect_same(std::string("%") + flags + width + "c|", 'x');
            }
}

TEST(BareflowPrintf, TextWithoutTerminatorUpToThePrecision) {
    const char text[] = {'a', 'b', 'c'};
    char ours[8];
    EXPECT_EQ(bareflow_snprintf(ours, sizeof ours, "%.3s", text), 3);
    EXPECT_STREQ(ours, "abc");
}

TEST(BareflowPrintf, Pointers) {
    int object = 0;
    for (const char* form : {"%p", "%20p|", "%-20p|"})
        expect_same(form, static_cast<void*>(&object));
    char text[8];
    bareflow_snprintf(text, sizeof text, "%p", static_cast<void*>(nullptr));
    EXPECT_STREQ(text, "0x0");
}

TEST(BareflowPrintf, WidthAndPrecisionAsArguments) {
    for (const int width : {0, 3, 10, -10})
        for (const int precision : {-1, 0, 3, 8}) {
            expect_same("%*.*d|", width, precision, 12345);
            expect_same("%*.*f|", width, precision, 3.14159);
            expect_same("%*.*s|", width, precision, "some text");
        }
}

TEST(BareflowPrintf, MixedTypesAndPercent) {
    expect_same("%d %s %5.2f%% %lld %c%zu|", 1, "two", 3.0, 4LL, '5', size_t{6});
    expect_same("100%%");
    expect_same("%5d%-5d|%05d", 1, 2, 3);
}

TEST(BareflowPrintf, UnknownConversionsStayAsTheyAre) {
    char text[32];
    const std::string format = "%y %5q|%";
    EXPECT_EQ(bareflow_snprintf(text, sizeof text, format.c_str()), 8);
    EXPECT_STREQ(text, "%y %5q|%");
}

TEST(BareflowPrintf, CutsWhatDoesNotFit) {
    char text[16];
    for (size_t size = 0; size <= 12; ++size) {
        memset(text, '#', sizeof text);
        EXPECT_EQ(bareflow_snprintf(text, size, "%s%d", "hello", 12345), 10);
        if (size > 0) {
            EXPECT_EQ(std::string(text), std::string("hello12345").substr(0, size - 1));
        }
        for (size_t i = size; i < sizeof text; ++i) EXPECT_EQ(text[i], '#');
    }
    EXPECT_EQ(bareflow_snprintf(nullptr, 0, "%100d", 1), 100);
}

TEST(BareflowPrintf, ConsoleGetsEverythingInOrder) {
    std::string expected;
    host_clear_output();
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(bareflow_printf("line %d %s\n", i, "with some text"), i < 10 ? 22 : 23);
        expected += "line " + std::to_string(i) + " with some text\n";
    }
    EXPECT_EQ(host_output, expected);
    host_clear_output();
    EXPECT_EQ(bareflow_printf("%500d", 1), 500);
    EXPECT_EQ(std::string(host_output).size(), 500u);
}

// --- Floating point ------------------------------------------------------------------------------

const double kDoubles[] = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    3.5,
    0.05,
    0.15,
    0.25,
    9.5,
    9.9999999,
    99.95,
    1e5,
    999999.0,
    1e6,
    1e15,
    1e16,
    1e17,
    1e21,
    1e22,
    1e23,
    123456789.0,
    0.0001,
    0.00001,
    0.000099999999,
    1.0 / 3,
    2.0 / 3,
    1e-5,
    1e-10,
    1e100,
    1e-100,
    1e300,
    DBL_MAX,
    DBL_MIN,
    DBL_TRUE_MIN,
    4503599627370495.5,
    9007199254740992.0,
    0.1,
    0.2,
    0.3,
    1e-307,
    std::numeric_limits<double>::infinity(),
    -std::numeric_limits<double>::infinity(),
    std::numeric_limits<double>::quiet_NaN(),
};

TEST(BareflowPrintf, FloatingPointForms) {
    for_each_form([&](const std::string& form) {
        for (const double value : kDoubles)
            for (const char* letter : {"f", "F", "e", "E", "g", "G"})
                expect_same(form + letter + "|", value);
    });
}

// C11, 7.21.6.1: with # no zeros are removed. glibc 2.36 removes them here, where rounding carries.
TEST(BareflowPrintf, CarryIntoAnotherPowerOfTen) {
    char text[32];
    bareflow_snprintf(text, sizeof text, "%#g %#G", 999999.5, -999999.5);
    EXPECT_STREQ(text, "1.00000e+06 -1.00000E+06");
    for (const char* form : {"%g", "%.3g", "%e", "%.0e", "%.0f", "%f"}) expect_same(form, 999999.5);
}

TEST(BareflowPrintf, LongPrecisions) {
    for (const double value : kDoubles)
        for (const char* form : {"%.1100f", "%.800e", "%.1080e", "%.1200g", "%#.1200g"})
            expect_same(form, value);
}

// Any bit pattern with any precision: rounding must be right to the last digit.
TEST(BareflowPrintf, RandomDoubles) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20000; ++i) {
        const auto value = std::bit_cast<double>(random());
        const std::string precision = "%." + std::to_string(random() % 40);
        for (const char* letter : {"f", "e", "g"}) expect_same(precision + letter, value);
    }
}

// Numbers of few digits, where the ties are.
TEST(BareflowPrintf, Ties) {
    std::mt19937_64 random(2);
    for (int i = 0; i < 20000; ++i) {
        const auto value =
            static_cast<double>(random() % 100000) / static_cast<double>(1 << random() % 12);
        const std::string precision = "%." + std::to_string(random() % 12);
        for (const char* letter : {"f", "e", "g"}) expect_same(precision + letter, value);
    }
}

}  // namespace
