// What the two halves of printf() share.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Where the text goes. What does not fit is only counted, unless there is a way to make room.
struct Sink {
    char* at;
    char* end;
    size_t count;
    void (*make_room)(struct Sink* sink);
};

void sink_put(struct Sink* sink, char character);
void sink_fill(struct Sink* sink, char character, int count);

struct Conversion {
    bool left, plus, space, alternate, zero;  // the flags - + space # 0
    int width;
    int precision;  // negative: none given
    char letter;
};

// Text of a known length, `body`, is surrounded by padding to the conversion's width: spaces on the
// left, then the prefix (a sign, "0x"), then zeros if the conversion asks for them, or spaces on
// the right. The caller puts the body in between.
void pad_before(struct Sink* sink, const struct Conversion* conversion, const char* prefix,
                int body);
void pad_after(struct Sink* sink, const struct Conversion* conversion, const char* prefix,
               int body);

// The conversions f, e and g, and their capitals.
void put_double(struct Sink* sink, struct Conversion* conversion, double value);
