// Floating point for printf(). Every digit that is printed is right, to the last of any precision:
// the exact decimal value is rounded, half to even.
#include "decimal.h"
#include "printf.h"
#include "runtime.h"

enum { kDefaultPrecision = 6, kSmallestFixed = -4 };

static const char* sign_of(const struct Conversion* conversion, bool negative) {
    return negative ? "-" : conversion->plus ? "+" : conversion->space ? " " : "";
}

static bool is_capital(char letter) { return !(letter & 0x20); }

static void put_not_finite(struct Sink* sink, struct Conversion* conversion, const char* sign,
                           bool infinite) {
    bool capital = is_capital(conversion->letter);
    const char* text = infinite ? capital ? "INF" : "inf" : capital ? "NAN" : "nan";
    conversion->zero = false;
    pad_before(sink, conversion, sign, 3);
    for (int i = 0; i < 3; ++i) sink_put(sink, text[i]);
    pad_after(sink, conversion, sign, 3);
}

// The digits from place `first` down to `last`, with the point behind place `point`.
static void put_digits(struct Sink* sink, const struct Decimal* decimal, int first, int last,
                       int point, bool always_point) {
    for (int place = first; place >= last; --place) {
        sink_put(sink, (char)('0' + decimal_digit(decimal, place)));
        if (place == point && (place > last || always_point)) sink_put(sink, '.');
    }
}

static int digits_length(int first, int last, int point, bool always_point) {
    return first - last + 1 + (point > last || always_point);
}

static void put_fixed(struct Sink* sink, const struct Conversion* conversion, const char* sign,
                      const struct Decimal* decimal, int precision) {
    int first = decimal_highest_place(decimal);
    if (first < 0) first = 0;
    int body = digits_length(first, -precision, 0, conversion->alternate);
    pad_before(sink, conversion, sign, body);
    put_digits(sink, decimal, first, -precision, 0, conversion->alternate);
    pad_after(sink, conversion, sign, body);
}

static void put_exponential(struct Sink* sink, const struct Conversion* conversion,
                            const char* sign, const struct Decimal* decimal, int precision) {
    int first = decimal_highest_place(decimal);
    int size = first < 0 ? -first : first;
    int body = digits_length(first, first - precision, first, conversion->alternate);
    body += size < 100 ? 4 : 5;
    pad_before(sink, conversion, sign, body);
    put_digits(sink, decimal, first, first - precision, first, conversion->alternate);
    sink_put(sink, is_capital(conversion->letter) ? 'E' : 'e');
    sink_put(sink, first < 0 ? '-' : '+');
    if (size >= 100) sink_put(sink, (char)('0' + size / 100));
    sink_put(sink, (char)('0' + size / 10 % 10));
    sink_put(sink, (char)('0' + size % 10));
    pad_after(sink, conversion, sign, body);
}

// Of `count` digits from the highest on, those that are left without zeros at the end.
static int significant(const struct Decimal* decimal, int count) {
    int highest = decimal_highest_place(decimal);
    while (count > 1 && !decimal_digit(decimal, highest - count + 1)) --count;
    return count;
}

static void put_general(struct Sink* sink, const struct Conversion* conversion, const char* sign,
                        struct Decimal* decimal, int precision) {
    if (!precision) precision = 1;
    decimal_round(decimal, decimal_highest_place(decimal) - precision + 1);
    int highest = decimal_highest_place(decimal);
    bool fixed = highest >= kSmallestFixed && highest < precision;
    if (!conversion->alternate) precision = significant(decimal, precision);
    if (!fixed)
        put_exponential(sink, conversion, sign, decimal, precision - 1);
    else
        put_fixed(sink, conversion, sign, decimal,
                  precision > highest ? precision - 1 - highest : 0);
}

void put_double(struct Sink* sink, struct Conversion* conversion, double value) {
    const char* sign = sign_of(conversion, __builtin_signbit(value));
    double magnitude = __builtin_fabs(value);
    if (!__builtin_isfinite(value)) {
        put_not_finite(sink, conversion, sign, __builtin_isinf(value));
        return;
    }
    struct Decimal decimal;
    decimal_set(&decimal, magnitude);
    int precision = conversion->precision < 0 ? kDefaultPrecision : conversion->precision;
    switch (conversion->letter | 0x20) {
        case 'f':
            decimal_round(&decimal, -precision);
            put_fixed(sink, conversion, sign, &decimal, precision);
            break;
        case 'e':
            decimal_round(&decimal, decimal_highest_place(&decimal) - precision);
            put_exponential(sink, conversion, sign, &decimal, precision);
            break;
        default:
            put_general(sink, conversion, sign, &decimal, precision);
    }
}
