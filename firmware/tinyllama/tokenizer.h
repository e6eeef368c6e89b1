// Text to tokens and back: byte-pair encoding over a vocabulary in the llama2.c format (int32
// longest piece; then for each token float32 score, int32 length, bytes).
//
// Tokens 0, 1 and 2 are "unknown", begin and end of text. Tokens 3 to 258 stand for single bytes;
// the file has them as the text "<0x00>" to "<0xFF>", or in older files as the characters U+0000 to
// U+00FF, the upper half as one raw byte or as UTF-8. A vocabulary without them is taken too.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    kTokenUnknown = 0,
    kTokenBegin = 1,
    kTokenEnd = 2,
    kTokenFirstByte = 3,
    kTokenBytes = 256,
    kMaxPrompt = 1024,            // bytes of a text that is encoded
    kMaxTokens = kMaxPrompt + 2,  // begin, the space before the text, and one for each byte
    kMaxPieceLength = 1024,
};

struct Piece {
    const unsigned char* text;
    uint32_t length;
    float score;
};

struct Tokenizer {
    struct Piece* pieces;
    uint32_t count;
    uint32_t longest;  // bytes of the longest piece
    bool has_bytes;    // tokens 3 to 258 stand for bytes
    uint32_t* slots;   // hash table: token + 1 or 0
    uint32_t slot_mask;
    int32_t merges[kMaxTokens];  // while encoding: what a token and its successor make, or -1
};

// Reads `size` bytes at `bytes`, which must outlive the tokenizer. False, and "NAME: reason" in
// `failure`, if they are malformed, or hold another number of tokens than `count`.
bool tokenizer_create(struct Tokenizer* tokenizer, const char* name, const void* bytes, size_t size,
                      uint32_t count, struct Failure* failure);

void tokenizer_destroy(struct Tokenizer* tokenizer);

// Writes the begin token and the tokens of `text` to `tokens`, room for kMaxTokens, and their
// number to `count`. False for a text of more than kMaxPrompt bytes.
bool tokenizer_encode(struct Tokenizer* tokenizer, const char* text, uint32_t* tokens,
                      uint32_t* count, struct Failure* failure);

// The bytes that `token` adds to a text in which `previous` came before it. Valid as long as the
// tokenizer.
const unsigned char* tokenizer_decode(const struct Tokenizer* tokenizer, uint32_t previous,
                                      uint32_t token, size_t* length);

#ifdef __cplusplus
}
#endif
