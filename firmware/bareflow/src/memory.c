// The compiler calls some of these by itself. That it makes no calls of themselves of their loops
// is what -fno-tree-loop-distribute-patterns is for.
#include "runtime.h"

typedef size_t __attribute__((may_alias)) Word;

// A word at any address. Where the processor cannot load it the compiler puts it together of bytes.
typedef struct __attribute__((packed, may_alias)) {
    size_t value;
} LooseWord;

enum { kWord = sizeof(Word), kBurst = 8 };

static bool aligned(const void* address) { return (uintptr_t)address % kWord == 0; }

// All eight words are read before one is written, so that overlapping areas may be copied in the
// direction in which the caller goes.
static void copy_burst(Word* to, const Word* from) {
    Word a = from[0], b = from[1], c = from[2], d = from[3];
    Word e = from[4], f = from[5], g = from[6], h = from[7];
    to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

static void copy_up(uint8_t* to, const uint8_t* from, size_t size) {
    for (; size && !aligned(to); --size) *to++ = *from++;
    if (aligned(from))
        for (; size >= kBurst * kWord; size -= kBurst * kWord) {
            copy_burst((Word*)to, (const Word*)from);
            to += kBurst * kWord;
            from += kBurst * kWord;
        }
    for (; size >= kWord; size -= kWord, to += kWord, from += kWord)
        *(Word*)to = ((const LooseWord*)from)->value;
    while (size--) *to++ = *from++;
}

// The same from the end, which `to` and `from` are.
static void copy_down(uint8_t* to, const uint8_t* from, size_t size) {
    for (; size && !aligned(to); --size) *--to = *--from;
    if (aligned(from))
        for (; size >= kBurst * kWord; size -= kBurst * kWord) {
            to -= kBurst * kWord;
            from -= kBurst * kWord;
            copy_burst((Word*)to, (const Word*)from);
        }
    for (; size >= kWord; size -= kWord) {
        to -= kWord;
        from -= kWord;
        *(Word*)to = ((const LooseWord*)from)->value;
    }
    while (size--) *--to = *--from;
}

void* memcpy(void* to, const void* from, size_t size) {
    copy_up(to, from, size);
    return to;
}

void* memmove(void* to, const void* from, size_t size) {
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_up(to, from, size);
    else
        copy_down((uint8_t*)to + size, (const uint8_t*)from + size, size);
    return to;
}

void* memset(void* to, int byte, size_t size) {
    uint8_t* at = to;
    Word word = (uint8_t)byte * (~(Word)0 / 255);
    for (; size && !aligned(at); --size) *at++ = (uint8_t)byte;
    for (; size >= kBurst * kWord; size -= kBurst * kWord, at += kBurst * kWord) {
        Word* words = (Word*)at;
        words[0] = word, words[1] = word, words[2] = word, words[3] = word;
        words[4] = word, words[5] = word, words[6] = word, words[7] = word;
    }
    for (; size >= kWord; size -= kWord, at += kWord) *(Word*)at = word;
    while (size--) *at++ = (uint8_t)byte;
    return to;
}

int memcmp(const void* a, const void* b, size_t size) {
    const uint8_t* left = a;
    const uint8_t* right = b;
    if (aligned(left) && aligned(right))
        for (; size >= kWord && *(const Word*)left == *(const Word*)right; size -= kWord) {
            left += kWord;
            right += kWord;
        }
    for (; size; --size, ++left, ++right)
        if (*left != *right) return *left - *right;
    return 0;
}

void* memchr(const void* from, int byte, size_t size) {
    const uint8_t* at = from;
    for (; size; --size, ++at)
        if (*at == (uint8_t)byte) return (void*)(uintptr_t)at;
    return NULL;
}
