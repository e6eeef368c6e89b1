#include "decimal.h"
#include "runtime.h"

static const char* skip_blanks(const char* text) {
    while (*text == ' ' || (*text >= '\t' && *text <= '\r')) ++text;
    return text;
}

static bool take_sign(const char** text) {
    if (**text != '-' && **text != '+') return false;
    return *(*text)++ == '-';
}

// --- Integers ------------------------------------------------------------------------------------

static unsigned digit_of(char character) {
    if (character >= '0' && character <= '9') return (unsigned)(character - '0');
    character |= 0x20;
    return character >= 'a' && character <= 'z' ? (unsigned)(character - 'a') + 10 : 36;
}

static bool has_hexadecimal_prefix(const char* text) {
    return text[0] == '0' && (text[1] | 0x20) == 'x' && digit_of(text[2]) < 16;
}

struct Integer {
    unsigned long long magnitude;  // at most the limit
    bool negative;
    bool overflow;
};

static void parse_digits(const char** text, unsigned base, unsigned long long limit,
                         struct Integer* integer) {
    for (unsigned digit; (digit = digit_of(**text)) < base; ++*text) {
        integer->overflow |= integer->magnitude > (limit - digit) / base;
        integer->magnitude = integer->magnitude * base + digit;
    }
    if (integer->overflow) integer->magnitude = limit;
}

// A negative number's limit is further by 1 if that is `wider`.
static struct Integer parse(const char* text, char** end, int base, unsigned long long limit,
                            bool wider) {
    const char* at = skip_blanks(text);
    struct Integer integer = {.negative = take_sign(&at)};
    if ((base == 0 || base == 16) && has_hexadecimal_prefix(at)) {
        at += 2;
        base = 16;
    } else if (base == 0) {
        base = *at == '0' ? 8 : 10;
    }
    const char* digits = at;
    if (base >= 2 && base <= 36)
        parse_digits(&at, (unsigned)base, limit + (wider && integer.negative), &integer);
    if (end) *end = (char*)(uintptr_t)(at == digits ? text : at);
    return integer;
}

long strtol(const char* text, char** end, int base) {
    struct Integer integer = parse(text, end, base, __LONG_MAX__, true);
    unsigned long magnitude = (unsigned long)integer.magnitude;
    return (long)(integer.negative ? -magnitude : magnitude);
}

// As in C, a negative number gives its complement; one too large gives the largest, whatever its
// sign.
static unsigned long long parse_unsigned(const char* text, char** end, int base,
                                         unsigned long long limit) {
    struct Integer integer = parse(text, end, base, limit, false);
    return integer.negative && !integer.overflow ? -integer.magnitude : integer.magnitude;
}

unsigned long strtoul(const char* text, char** end, int base) {
    return (unsigned long)parse_unsigned(text, end, base, ~0ul);
}

unsigned long long strtoull(const char* text, char** end, int base) {
    return parse_unsigned(text, end, base, ~0ull);
}

// --- Floating point ------------------------------------------------------------------------------

enum { kExponentLimit = 100000000 };  // longer than any text

static bool is_digit(char character) { return character >= '0' && character <= '9'; }

// An exponent, "e" and digits, if there is one at `*text`.
static long parse_exponent(const char** text) {
    if ((**text | 0x20) != 'e') return 0;
    const char* at = *text + 1;
    bool negative = take_sign(&at);
    if (!is_digit(*at)) return 0;
    long value = 0;
    for (; is_digit(*at); ++at)
        if (value < kExponentLimit) value = value * 10 + (*at - '0');
    *text = at;
    return negative ? -value : value;
}

// The digits, with a point perhaps, up to `end`; the first has that place.
static double convert(const char* digits, const char* end, long place) {
    struct Decimal decimal;
    decimal_clear(&decimal);
    for (; digits < end; ++digits) {
        if (*digits == '.') continue;
        if (*digits != '0' && !decimal_add_digit(&decimal, place, (unsigned)(*digits - '0')))
            return __builtin_inf();
        --place;
    }
    return decimal_to_double(&decimal);
}

// Decimal numbers only: no hexadecimal ones, infinities or NaNs. Correctly rounded, to even if two
// doubles are equally near, whatever the number of digits.
double strtod(const char* text, char** end) {
    const char* at = skip_blanks(text);
    bool negative = take_sign(&at);
    const char* digits = at;
    while (is_digit(*at)) ++at;
    long integer_digits = at - digits;
    long count = integer_digits;
    if (*at == '.')
        for (++at; is_digit(*at); ++at) ++count;
    if (!count) {
        if (end) *end = (char*)(uintptr_t)text;
        return 0;
    }
    const char* digits_end = at;
    long place = integer_digits - 1 + parse_exponent(&at);
    if (end) *end = (char*)(uintptr_t)at;
    double value = convert(digits, digits_end, place);
    return negative ? -value : value;
}
