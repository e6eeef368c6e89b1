#include "tokenizer.h"

#include "runtime.h"
#include "vocabulary.h"

// Bytes of the character that starts with `lead`, by the table of UTF-8's lead bytes (RFC 3629).
// What is no lead byte counts as one character.
static uint32_t character_length(unsigned char lead) {
    if (lead >= 0xf0) return 4;
    if (lead >= 0xe0) return 3;
    if (lead >= 0xc0) return 2;
    return 1;
}

// The tokens of a text while it is encoded.
struct Encoding {
    struct Tokenizer* tokenizer;
    uint32_t* tokens;
    uint32_t count;
};

static void append_bytes(struct Encoding* encoding, const unsigned char* text, uint32_t length) {
    for (uint32_t i = 0; i < length; ++i) {
        encoding->tokens[encoding->count++] =
            encoding->tokenizer->has_bytes ? kTokenFirstByte + text[i] : kTokenUnknown;
    }
}

static void append_characters(struct Encoding* encoding, const unsigned char* text, size_t size) {
    while (size > 0) {
        uint32_t length = character_length(*text);
        if (length > size) length = (uint32_t)size;
        const int32_t token = vocabulary_find(encoding->tokenizer, text, length, NULL, 0);
        if (token >= 0)
            encoding->tokens[encoding->count++] = (uint32_t)token;
        else
            append_bytes(encoding, text, length);
        text += length;
        size -= length;
    }
}

static void find_merge(struct Encoding* encoding, uint32_t at) {
    struct Tokenizer* tokenizer = encoding->tokenizer;
    tokenizer->merges[at] =
        at + 1 < encoding->count
            ? vocabulary_find_pair(tokenizer, encoding->tokens[at], encoding->tokens[at + 1])
            : -1;
}

// The first of the merges with the highest score; `count` if there is none.
static uint32_t best_merge(const struct Encoding* encoding, uint32_t first) {
    const struct Tokenizer* tokenizer = encoding->tokenizer;
    uint32_t best = encoding->count;
    for (uint32_t i = first; i < encoding->count; ++i) {
        const int32_t merge = tokenizer->merges[i];
        if (merge < 0) continue;
        if (best == encoding->count ||
            tokenizer->pieces[merge].score > tokenizer->pieces[tokenizer->merges[best]].score)
            best = i;
    }
    return best;
}

static void apply_merge(struct Encoding* encoding, uint32_t at, uint32_t first) {
    int32_t* merges = encoding->tokenizer->merges;
    const uint32_t behind = encoding->count - at - 2;
    encoding->tokens[at] = (uint32_t)merges[at];
    memmove(encoding->tokens + at + 1, encoding->tokens + at + 2, behind * sizeof(uint32_t));
    memmove(merges + at + 1, merges + at + 2, behind * sizeof(int32_t));
    --encoding->count;
    find_merge(encoding, at);
    if (at > first) find_merge(encoding, at - 1);
}

// Joins neighbours, the best-scored pair first, until no two make a piece. Only the pairs around a
// merge are looked up again.
static void merge_all(struct Encoding* encoding, uint32_t first) {
    for (uint32_t i = first; i < encoding->count; ++i) find_merge(encoding, i);
    for (;;) {
        const uint32_t best = best_merge(encoding, first);
        if (best == encoding->count) return;
        apply_merge(encoding, best, first);
    }
}

bool tokenizer_encode(struct Tokenizer* tokenizer, const char* text, uint32_t* tokens,
                      uint32_t* count, struct Failure* failure) {
    struct Encoding encoding = {tokenizer, tokens, 0};
    const size_t size = strlen(text);
    if (size > kMaxPrompt)
        return fail(failure, kExitUsage, "prompt: %llu bytes, more than %d",
                    (unsigned long long)size, kMaxPrompt);
    tokens[encoding.count++] = kTokenBegin;
    // The vocabulary was made of texts with a space before them.
    if (size > 0) append_characters(&encoding, (const unsigned char*)" ", 1);
    append_characters(&encoding, (const unsigned char*)text, size);
    merge_all(&encoding, 1);
    *count = encoding.count;
    return true;
}

const unsigned char* tokenizer_decode(const struct Tokenizer* tokenizer, uint32_t previous,
                                      uint32_t token, size_t* length) {
    if (vocabulary_is_byte(tokenizer, token)) {
        *length = 1;
        return vocabulary_byte(token - kTokenFirstByte);
    }
    const struct Piece* piece = &tokenizer->pieces[token];
    // The space that encoding put before the text.
    const bool skip = previous == kTokenBegin && piece->length > 0 && piece->text[0] == ' ';
    *length = piece->length - skip;
    return piece->text + skip;
}
