#include "vocabulary.h"

#include "runtime.h"

enum { kFnvPrime = 16777619 };
static const uint32_t kFnvBasis = 2166136261u;

static uint32_t hash_more(uint32_t hash, const unsigned char* text, uint32_t length) {
    for (uint32_t i = 0; i < length; ++i) hash = (hash ^ text[i]) * kFnvPrime;
    return hash;
}

int32_t vocabulary_find(const struct Tokenizer* tokenizer, const unsigned char* a,
                        uint32_t a_length, const unsigned char* b, uint32_t b_length) {
    const uint32_t length = a_length + b_length;
    if (length > tokenizer->longest) return -1;
    uint32_t slot = hash_more(hash_more(kFnvBasis, a, a_length), b, b_length);
    for (;; ++slot) {
        const uint32_t entry = tokenizer->slots[slot & tokenizer->slot_mask];
        if (entry == 0) return -1;
        const struct Piece* piece = &tokenizer->pieces[entry - 1];
        if (piece->length == length && memcmp(piece->text, a, a_length) == 0 &&
            (b_length == 0 || memcmp(piece->text + a_length, b, b_length) == 0))
            return (int32_t)(entry - 1);
    }
}

bool vocabulary_is_byte(const struct Tokenizer* tokenizer, uint32_t token) {
    return tokenizer->has_bytes && token >= kTokenFirstByte &&
           token < kTokenFirstByte + kTokenBytes;
}

int32_t vocabulary_find_pair(const struct Tokenizer* tokenizer, uint32_t first, uint32_t second) {
    if (vocabulary_is_byte(tokenizer, first) || vocabulary_is_byte(tokenizer, second)) return -1;
    const struct Piece* a = &tokenizer->pieces[first];
    const struct Piece* b = &tokenizer->pieces[second];
    return vocabulary_find(tokenizer, a->text, a->length, b->text, b->length);
}

const unsigned char* vocabulary_byte(uint32_t byte) {
    static unsigned char bytes[kTokenBytes];
    bytes[byte] = (unsigned char)byte;
    return &bytes[byte];
}

// Reads the next entry of the file into `piece`. False at the end of the file and, with `failure`
// filled, where it is malformed.
struct Entries {
    const char* name;
    const unsigned char* bytes;
    size_t size, offset;
    uint32_t longest, number;
};

static uint32_t read_uint32(const unsigned char* bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static bool start_entries(struct Entries* entries, struct Failure* failure) {
    if (entries->size < sizeof(uint32_t))
        return fail(failure, kExitInput, "%s: %llu bytes are no tokenizer", entries->name,
                    (unsigned long long)entries->size);
    entries->longest = read_uint32(entries->bytes);
    entries->offset = sizeof(uint32_t);
    if (entries->longest < 1 || entries->longest > kMaxPieceLength)
        return fail(failure, kExitInput, "%s: the longest token has %lu bytes, not from 1 to %d",
                    entries->name, (unsigned long)entries->longest, kMaxPieceLength);
    return true;
}

static bool next_entry(struct Entries* entries, struct Piece* piece, struct Failure* failure) {
    enum { kEntryHeader = sizeof(float) + sizeof(uint32_t) };
    const unsigned char* at = entries->bytes + entries->offset;
    const size_t left = entries->size - entries->offset;
    if (left < kEntryHeader)
        return fail(failure, kExitInput, "%s: truncated in token %lu", entries->name,
                    (unsigned long)entries->number);
    memcpy(&piece->score, at, sizeof piece->score);
    piece->length = read_uint32(at + sizeof(float));
    piece->text = at + kEntryHeader;
    if (piece->length > entries->longest)
        return fail(failure, kExitInput, "%s: token %lu has %lu bytes, more than the longest, %lu",
                    entries->name, (unsigned long)entries->number, (unsigned long)piece->length,
                    (unsigned long)entries->longest);
    if (piece->length > left - kEntryHeader)
        return fail(failure, kExitInput, "%s: truncated in token %lu", entries->name,
                    (unsigned long)entries->number);
    entries->offset += kEntryHeader + piece->length;
    ++entries->number;
    return true;
}

// The file does not say how many tokens it has: all are read, and counted, before any is kept.
static bool check_count(struct Entries entries, uint32_t count, struct Failure* failure) {
    struct Piece piece;
    while (entries.offset < entries.size) {
        if (!next_entry(&entries, &piece, failure)) return false;
    }
    if (entries.number == count) return true;
    return fail(failure, kExitInput, "%s: %lu tokens, but the model's vocabulary has %lu",
                entries.name, (unsigned long)entries.number, (unsigned long)count);
}

static bool is_byte_text(const struct Piece* piece, unsigned byte) {
    char text[8];
    return piece->length == 6 && snprintf(text, sizeof text, "<0x%02X>", byte) == 6 &&
           memcmp(piece->text, text, 6) == 0;
}

static bool is_byte_character(const struct Piece* piece, unsigned byte) {
    if (piece->length == 1) return piece->text[0] == byte;
    return piece->length == 2 && byte >= 0x80 && piece->text[0] == (0xc0 | byte >> 6) &&
           piece->text[1] == (0x80 | (byte & 0x3f));
}

static bool all_bytes(const struct Tokenizer* tokenizer,
                      bool (*is_byte)(const struct Piece* piece, unsigned byte)) {
    if (tokenizer->count < kTokenFirstByte + kTokenBytes) return false;
    for (unsigned byte = 0; byte < kTokenBytes; ++byte) {
        if (!is_byte(&tokenizer->pieces[kTokenFirstByte + byte], byte)) return false;
    }
    return true;
}

static void insert(struct Tokenizer* tokenizer, uint32_t token) {
    const struct Piece* piece = &tokenizer->pieces[token];
    uint32_t slot = hash_more(kFnvBasis, piece->text, piece->length) & tokenizer->slot_mask;
    while (tokenizer->slots[slot] != 0) slot = (slot + 1) & tokenizer->slot_mask;
    tokenizer->slots[slot] = token + 1;
}

static bool allocate(struct Tokenizer* tokenizer, const char* name, uint32_t count,
                     struct Failure* failure) {
    uint32_t slots = 1;
    while (slots < 2 * count) slots *= 2;
    tokenizer->slot_mask = slots - 1;
    tokenizer->pieces = calloc(count, sizeof(struct Piece));
    tokenizer->slots = calloc(slots, sizeof(uint32_t));
    if (tokenizer->pieces != NULL && tokenizer->slots != NULL) return true;
    tokenizer_destroy(tokenizer);
    return fail(failure, kExitMemory, "%s: no room for a vocabulary of %lu tokens", name,
                (unsigned long)count);
}

bool tokenizer_create(struct Tokenizer* tokenizer, const char* name, const void* bytes, size_t size,
                      uint32_t count, struct Failure* failure) {
    struct Entries entries = {.name = name, .bytes = bytes, .size = size};
    if (!start_entries(&entries, failure) || !check_count(entries, count, failure)) return false;
    if (count <= kTokenEnd)
        return fail(failure, kExitInput, "%s: %lu tokens leave none for text", name,
                    (unsigned long)count);
    if (!allocate(tokenizer, name, count, failure)) return false;
    tokenizer->count = count;
    tokenizer->longest = entries.longest;
    for (uint32_t i = 0; i < count; ++i) {
        if (!next_entry(&entries, &tokenizer->pieces[i], failure)) return false;
    }
    tokenizer->has_bytes =
        all_bytes(tokenizer, is_byte_text) || all_bytes(tokenizer, is_byte_character);
    for (uint32_t token = kTokenFirstByte; token < count; ++token) {
        if (!vocabulary_is_byte(tokenizer, token)) insert(tokenizer, token);
    }
    return true;
}

void tokenizer_destroy(struct Tokenizer* tokenizer) {
    free(tokenizer->pieces);
    free(tokenizer->slots);
    tokenizer->pieces = NULL;
    tokenizer->slots = NULL;
}
