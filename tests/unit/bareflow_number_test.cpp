// Against the host's strtol() and its kin.
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "bareflow_host.h"

namespace {

template <typename Function>
auto parse(Function function, const std::string& text, long& used) {
    char* end = nullptr;
    const auto value = function(text.c_str(), &end);
    used = end - text.c_str();
    return value;
}

template <typename Ours, typename Hosts>
void expect_same(Ours ours, Hosts hosts, const std::string& text) {
    long our_end = 0;
    long host_end = 0;
    const auto our_value = parse(ours, text, our_end);
    const auto host_value = parse(hosts, text, host_end);
    EXPECT_EQ(our_value, host_value) << text;
    EXPECT_EQ(our_end, host_end) << text;
}

void expect_same_integers(const std::string& text, int base) {
    SCOPED_TRACE(base);
    expect_same([=](auto t, auto e) { return bareflow_strtol(t, e, base); },
                [=](auto t, auto e) { return strtol(t, e, base); }, text);
    expect_same([=](auto t, auto e) { return bareflow_strtoul(t, e, base); },
                [=](auto t, auto e) { return strtoul(t, e, base); }, text);
    expect_same([=](auto t, auto e) { return bareflow_strtoull(t, e, base); },
                [=](auto t, auto e) { return strtoull(t, e, base); }, text);
}

TEST(BareflowNumber, Integers) {
    const char* const texts[] = {
        "",
        " ",
        "-",
        "+",
        "0",
        "-0",
        "1",
        "+12",
        " \t\n\v\f\r-34x",
        "007",
        "08",
        "0x",
        "0xg",
        "0x1F",
        "-0xff",
        "0X7fffffffffffffff",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "-18446744073709551615",
        "-18446744073709551616",
        "99999999999999999999999999",
        "-99999999999999999999999999",
        "zz",
        "Zz9",
        "1 2",
        "--1",
        "+-1",
        "0b11",
        "777",
        "1a",
    };
    for (const char* text : texts)
        for (const int base : {0, 2, 8, 10, 16, 36}) expect_same_integers(text, base);
}

TEST(BareflowNumber, RandomIntegers) {
    std::mt19937_64 random(1);
    const std::string letters = "0123456789abcxXF+- 0123456789";
    for (int i = 0; i < 50000; ++i) {
        std::string text;
        for (size_t length = random() % 24; length; --length)
            text += letters[random() % letters.size()];
        expect_same_integers(text, static_cast<int>(random() % 36) + 1 == 1 ? 0 : 10);
        expect_same_integers(text, 2 + static_cast<int>(random() % 35));
    }
}

void expect_same_double(const std::string& text) {
    long our_end = 0;
    long host_end = 0;
    const double ours = parse(bareflow_strtod, text, our_end);
    const double hosts = parse(strtod, text, host_end);
    EXPECT_EQ(std::bit_cast<uint64_t>(ours), std::bit_cast<uint64_t>(hosts)) << text;
    EXPECT_EQ(our_end, host_end) << text;
}

TEST(BareflowNumber, Doubles) {
    const char* const texts[] = {
        "",
        ".",
        "-",
        "-.",
        "e5",
        ".e5",
        "0",
        "-0",
        "0.0",
        "1",
        "1.",
        ".5",
        "-.5",
        "+1.5",
        " \t 2.5e3x",
        "1e",
        "1e+",
        "1e-",
        "1e5",
        "1E-5",
        "1e+05",
        "1.5e",
        "1e400",
        "-1e400",
        "1e-400",
        "-1e-400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0e99999999999",
        "00000000000000000000001",
        "0.00000000000000000000000000000001",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "179769313486231580793728971405303415079934132710037826936173778980444968"
        "292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908"
        "902000708"
        "383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444"
        "365510704"
        "342711559699508093042880",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.0000000000000000000000000000000000000000000000000000000001",
        "123456789012345678901234567890",
        "3.14159265358979323846264338327950288",
        "1.2.3",
        "1-2",
        "0.1",
        "0.7",
    };
    for (const char* text : texts) expect_same_double(text);
}

std::string host_text(const char* form, double value) {
    char text[2000];
    snprintf(text, sizeof text, form, value);
    return text;
}

TEST(BareflowNumber, RandomDoublesInSeveralLengths) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 20000; ++i) {
        const auto value = std::bit_cast<double>(random());
        if (!std::isfinite(value)) continue;
        for (const char* form : {"%.17g", "%.16g", "%.5e", "%.30g"})
            expect_same_double(host_text(form, value));
    }
}

TEST(BareflowNumber, RandomDigits) {
    std::mt19937_64 random(4);
    for (int i = 0; i < 5000; ++i) {
        std::string text;
        const size_t length = 1 + random() % (i % 10 ? 40 : 1500);
        const size_t point = random() % (2 * length);
        for (size_t digit = 0; digit < length; ++digit) {
            if (digit == point) text += '.';
            text += static_cast<char>('0' + random() % 10);
        }
        if (random() % 2)
            text.append("e").append(std::to_string(static_cast<int>(random() % 700) - 350));
        expect_same_double(text);
    }
}

// Exactly half-way between two doubles, a trifle above, and a trifle below.
TEST(BareflowNumber, HalfwayCases) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 2000; ++i) {
        uint64_t bits = random() >> 1;
        if (i % 4 == 0) bits &= (1ull << 53) - 1;  // subnormal or small
        const auto low = std::bit_cast<double>(bits);
        const auto high = std::bit_cast<double>(bits + 1);
        if (!std::isfinite(low) || !std::isfinite(high)) continue;
        const long double middle =
            (static_cast<long double>(low) + static_cast<long double>(high)) / 2;
        char text[2000];
        snprintf(text, sizeof text, "%.1100Lf", middle);
        const std::string exact = text;
        expect_same_double(exact);
        expect_same_double(exact + "0000000000000000000000000000000000000001");
        size_t last = exact.find_last_not_of("0.");
        std::string below = exact;
        --below[last];
        for (size_t at = last + 1; at < below.size(); ++at)
            if (below[at] != '.') below[at] = '9';
        expect_same_double(below);
    }
}

}  // namespace
