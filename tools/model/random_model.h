// Models of random weights: small ones for tests, which need no download.
#pragma once

#include <cstdint>

#include "model/model_file.h"

namespace kiln::model {

// Fewest tokens of a random tokenizer: three special ones, 256 bytes and the characters.
uint32_t smallest_vocabulary();

// The dimensions of a header's seven values. Throws UsageError if they do not fit together or are
// beyond the format's limits, if the vocabulary is too small, and for a model of 1 GiB or more.
Dimensions check_dimensions(const Header& header);

// A float model of those dimensions, which have been checked.
Bytes random_model(const Dimensions& dimensions, bool shared_classifier, uint64_t seed);

enum class ByteTokens { text, raw };  // "<0x41>" or "A"

// A tokenizer of `vocab_size` pieces: special ones, bytes, characters, and joined ones, each of
// which encoding can reach.
Bytes random_tokenizer(uint32_t vocab_size, ByteTokens byte_tokens, uint64_t seed);

}  // namespace kiln::model
