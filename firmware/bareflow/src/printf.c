// Of C's printf(): the conversions d i u x X o c s p f F e E g G %, flags, width and precision, and
// the lengths hh h l ll z t j. Anything else is printed as it stands.
#include "printf.h"

#include "console.h"
#include "runtime.h"

// --- Output --------------------------------------------------------------------------------------

void sink_put(struct Sink* sink, char character) {
    ++sink->count;
    if (sink->at == sink->end && sink->make_room) sink->make_room(sink);
    if (sink->at != sink->end) *sink->at++ = character;
}

void sink_fill(struct Sink* sink, char character, int count) {
    while (count-- > 0) sink_put(sink, character);
}

static int padding(const struct Conversion* conversion, const char* prefix, int body) {
    return conversion->width - (int)strlen(prefix) - body;
}

void pad_before(struct Sink* sink, const struct Conversion* conversion, const char* prefix,
                int body) {
    int pad = padding(conversion, prefix, body);
    bool zeros = conversion->zero && !conversion->left;
    if (!zeros && !conversion->left) sink_fill(sink, ' ', pad);
    while (*prefix) sink_put(sink, *prefix++);
    if (zeros) sink_fill(sink, '0', pad);
}

void pad_after(struct Sink* sink, const struct Conversion* conversion, const char* prefix,
               int body) {
    if (conversion->left) sink_fill(sink, ' ', padding(conversion, prefix, body));
}

static void put_text(struct Sink* sink, struct Conversion* conversion, const char* text,
                     int length) {
    conversion->zero = false;
    pad_before(sink, conversion, "", length);
    for (int i = 0; i < length; ++i) sink_put(sink, text[i]);
    pad_after(sink, conversion, "", length);
}

static void put_string(struct Sink* sink, struct Conversion* conversion, const char* text) {
    if (!text) text = "(null)";
    int length = 0;
    while (length != conversion->precision && text[length]) ++length;
    put_text(sink, conversion, text, length);
}

// --- Integers ------------------------------------------------------------------------------------

static void put_integer(struct Sink* sink, struct Conversion* conversion, const char* prefix,
                        uint64_t value, unsigned base) {
    const char* letters = conversion->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[22];  // of the largest value in base 8
    int length = 0;
    for (; value; value /= base) digits[sizeof digits - (size_t)++length] = letters[value % base];
    int least = conversion->precision < 0 ? 1 : conversion->precision;
    if (base == 8 && conversion->alternate && least <= length) least = length + 1;
    int body = length < least ? least : length;

    conversion->zero &= conversion->precision < 0;
    pad_before(sink, conversion, prefix, body);
    sink_fill(sink, '0', body - length);
    for (int i = length; i > 0; --i) sink_put(sink, digits[sizeof digits - (size_t)i]);
    pad_after(sink, conversion, prefix, body);
}

static void put_signed(struct Sink* sink, struct Conversion* conversion, int64_t value) {
    const char* prefix = value < 0 ? "-" : conversion->plus ? "+" : conversion->space ? " " : "";
    put_integer(sink, conversion, prefix, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void put_unsigned(struct Sink* sink, struct Conversion* conversion, uint64_t value) {
    switch (conversion->letter) {
        case 'u':
            put_integer(sink, conversion, "", value, 10);
            break;
        case 'o':
            put_integer(sink, conversion, "", value, 8);
            break;
        default: {
            const char* prefix = conversion->letter == 'X' ? "0X" : "0x";
            put_integer(sink, conversion, conversion->alternate && value ? prefix : "", value, 16);
        }
    }
}

static void put_pointer(struct Sink* sink, struct Conversion* conversion, const void* pointer) {
    put_integer(sink, conversion, "0x", (uintptr_t)pointer, 16);
}

// --- Formats -------------------------------------------------------------------------------------

// A va_list may be an array, which a function cannot hand back changed unless it is in a struct.
struct Arguments {
    va_list list;
};

// How wide an integer argument is: 'H' for hh, 'h', 0, 'l', 'L' for ll, and z t j.
static char parse_length(const char** format) {
    char first = **format;
    if (!first || !strchr("hlztj", first)) return 0;
    ++*format;
    if ((first != 'h' && first != 'l') || **format != first) return first;
    ++*format;
    return first == 'h' ? 'H' : 'L';
}

static int64_t signed_argument(struct Arguments* arguments, char length) {
    switch (length) {
        case 'H':
            return (signed char)va_arg(arguments->list, int);
        case 'h':
            return (short)va_arg(arguments->list, int);
        case 'l':
            return va_arg(arguments->list, long);
        case 'L':
            return va_arg(arguments->list, long long);
        case 'j':
            return va_arg(arguments->list, intmax_t);
        case 'z':
        case 't':
            return va_arg(arguments->list, ptrdiff_t);
        default:
            return va_arg(arguments->list, int);
    }
}

static uint64_t unsigned_argument(struct Arguments* arguments, char length) {
    uint64_t value = (uint64_t)signed_argument(arguments, length);
    switch (length) {
        case 'H':
            return (unsigned char)value;
        case 'h':
            return (unsigned short)value;
        case 'l':
            return (unsigned long)value;
        case 'L':
        case 'j':
            return value;
        case 'z':
        case 't':
            return (size_t)value;
        default:
            return (unsigned)value;
    }
}

static bool* flag_of(struct Conversion* conversion, char letter) {
    switch (letter) {
        case '-':
            return &conversion->left;
        case '+':
            return &conversion->plus;
        case ' ':
            return &conversion->space;
        case '#':
            return &conversion->alternate;
        case '0':
            return &conversion->zero;
        default:
            return NULL;
    }
}

enum { kMaxWidth = 1000000 };  // more is cut

static int parse_number(const char** format, struct Arguments* arguments) {
    if (**format == '*') {
        ++*format;
        int value = va_arg(arguments->list, int);
        return value > kMaxWidth ? kMaxWidth : value < -kMaxWidth ? -kMaxWidth : value;
    }
    int value = 0;
    for (; **format >= '0' && **format <= '9'; ++*format)
        value = value < kMaxWidth ? value * 10 + (**format - '0') : kMaxWidth;
    return value;
}

static struct Conversion parse_conversion(const char** format, struct Arguments* arguments) {
    struct Conversion conversion = {.precision = -1};
    for (bool* flag; (flag = flag_of(&conversion, **format)); ++*format) *flag = true;
    conversion.width = parse_number(format, arguments);
    if (conversion.width < 0) {
        conversion.left = true;
        conversion.width = -conversion.width;
    }
    if (**format == '.') {
        ++*format;
        conversion.precision = parse_number(format, arguments);
    }
    return conversion;
}

// Prints one conversion. False, and nothing printed, when there is no such conversion.
static bool convert(struct Sink* sink, const char** format, struct Arguments* arguments) {
    struct Conversion conversion = parse_conversion(format, arguments);
    char length = parse_length(format);
    conversion.letter = *(*format)++;
    switch (conversion.letter) {
        case 'd':
        case 'i':
            put_signed(sink, &conversion, signed_argument(arguments, length));
            break;
        case 'u':
        case 'o':
        case 'x':
        case 'X':
            put_unsigned(sink, &conversion, unsigned_argument(arguments, length));
            break;
        case 'f':
        case 'F':
        case 'e':
        case 'E':
        case 'g':
        case 'G':
            put_double(sink, &conversion, va_arg(arguments->list, double));
            break;
        case 'c':
            put_text(sink, &conversion, &(char){(char)va_arg(arguments->list, int)}, 1);
            break;
        case 's':
            put_string(sink, &conversion, va_arg(arguments->list, const char*));
            break;
        case 'p':
            put_pointer(sink, &conversion, va_arg(arguments->list, void*));
            break;
        case '%':
            sink_put(sink, '%');
            break;
        default:
            --*format;
            return false;
    }
    return true;
}

static void print(struct Sink* sink, const char* format, struct Arguments* arguments) {
    while (*format) {
        const char* start = format;
        char character = *format++;
        if (character != '%') {
            sink_put(sink, character);
        } else if (!convert(sink, &format, arguments)) {
            while (start < format) sink_put(sink, *start++);
        }
    }
}

// --- The functions -------------------------------------------------------------------------------

int vsnprintf(char* text, size_t size, const char* format, va_list list) {
    struct Sink sink = {.at = text, .end = size ? text + size - 1 : text};
    struct Arguments arguments;
    va_copy(arguments.list, list);
    print(&sink, format, &arguments);
    va_end(arguments.list);
    if (size) *sink.at = 0;
    return (int)sink.count;
}

int snprintf(char* text, size_t size, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return count;
}

enum { kConsoleBuffer = 128 };

struct ConsoleSink {
    struct Sink sink;  // first, so that a pointer to it is one to the whole
    char buffer[kConsoleBuffer];
};

static void write_console(struct Sink* sink) {
    struct ConsoleSink* console = (struct ConsoleSink*)sink;
    *sink->at = 0;
    console_write(console->buffer);
    sink->at = console->buffer;
}

int vprintf(const char* format, va_list list) {
    struct ConsoleSink console;
    console.sink = (struct Sink){.at = console.buffer,
                                 .end = console.buffer + kConsoleBuffer - 1,
                                 .make_room = write_console};
    struct Arguments arguments;
    va_copy(arguments.list, list);
    print(&console.sink, format, &arguments);
    va_end(arguments.list);
    write_console(&console.sink);
    return (int)console.sink.count;
}

int printf(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vprintf(format, arguments);
    va_end(arguments);
    return count;
}
