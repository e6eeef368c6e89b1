// The tokenizer's table of pieces: reading the file, finding a piece by its text.
#pragma once

#include "tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

// The token whose text is `a` followed by `b`, or -1. Tokens that are no text are not found:
// unknown, begin, end, and bytes.
int32_t vocabulary_find(const struct Tokenizer* tokenizer, const unsigned char* a,
                        uint32_t a_length, const unsigned char* b, uint32_t b_length);

// The token whose text is that of two tokens, or -1. A byte token is never part of a piece.
int32_t vocabulary_find_pair(const struct Tokenizer* tokenizer, uint32_t first, uint32_t second);

// Whether `token` stands for a byte.
bool vocabulary_is_byte(const struct Tokenizer* tokenizer, uint32_t token);

// A place that holds `byte` (0 to 255).
const unsigned char* vocabulary_byte(uint32_t byte);

#ifdef __cplusplus
}
#endif
