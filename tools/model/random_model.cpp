#include "model/random_model.h"

#include <cmath>
#include <fmt/format.h>

#include "model/random.h"
#include "support/error.h"
#include "tokenizer.h"

namespace kiln::model {
namespace {

constexpr uint64_t kMaxModelSize = uint64_t{1} << 30;

void append_random(Bytes& bytes, Random& random, uint64_t count, float centre, float spread) {
    for (uint64_t i = 0; i < count; ++i) append(bytes, centre + spread * random.symmetric());
}

// Weights that neither blow a vector up nor shrink it: for numbers evenly spread up to s the
// variance is s^2 / 3, and a product sums `columns` of them.
void append_matrices(Bytes& bytes, Random& random, uint64_t count, uint32_t rows, uint32_t columns,
                     float gain) {
    const float spread = gain * std::sqrt(3.0F / static_cast<float>(columns));
    append_random(bytes, random, count * rows * columns, 0.0F, spread);
}

// A row for each token. Bytes, begin and end have small ones: as a classifier they make such tokens
// unlikely, so that stories are text and go on.
void append_token_rows(Bytes& bytes, Random& random, const Dimensions& d, float gain) {
    const uint32_t first_text = kTokenFirstByte + kTokenBytes;
    append_matrices(bytes, random, 1, first_text, d.dim, gain / 16);
    append_matrices(bytes, random, 1, d.vocab_size - first_text, d.dim, gain);
}

void append_norms(Bytes& bytes, Random& random, uint64_t count) {
    append_random(bytes, random, count, 1.0F, 0.25F);
}

uint64_t model_size(const Dimensions& d) {
    const uint64_t attention = 2 * uint64_t{d.dim} * (d.dim + kv_dim(&d));
    const uint64_t feed_forward = 3 * uint64_t{d.dim} * d.hidden_dim;
    const uint64_t tokens = 2 * uint64_t{d.vocab_size} * d.dim;
    return sizeof(float) * (d.layers * (attention + feed_forward) + tokens);
}

}  // namespace

Dimensions check_dimensions(const Header& header) {
    Dimensions d{};
    Failure failure{};
    if (!checkpoint_dimensions(&d, header.data(), "dimensions", &failure))
        throw UsageError(failure.text);
    if (d.vocab_size < smallest_vocabulary()) {
        throw UsageError(fmt::format("dimensions: a vocabulary of {} is too small, {} is the least",
                                     d.vocab_size, smallest_vocabulary()));
    }
    if (model_size(d) >= kMaxModelSize)
        throw UsageError("dimensions: the model would take 1 GiB or more");
    return d;
}

Bytes random_model(const Dimensions& d, bool shared_classifier, uint64_t seed) {
    // Layers that say more than the embedding: otherwise the model repeats what it was given.
    constexpr float kEmbeddingGain = 4.0F;
    constexpr float kLayerGain = 2.0F;
    constexpr float kClassifierGain = 3.0F;
    Bytes bytes;
    Random random(seed);
    append_float_header(bytes, d, shared_classifier);
    append_token_rows(bytes, random, d, kEmbeddingGain);
    append_norms(bytes, random, uint64_t{d.layers} * d.dim);
    append_matrices(bytes, random, d.layers, d.dim, d.dim, kLayerGain);
    append_matrices(bytes, random, d.layers, kv_dim(&d), d.dim, kLayerGain);
    append_matrices(bytes, random, d.layers, kv_dim(&d), d.dim, kLayerGain);
    append_matrices(bytes, random, d.layers, d.dim, d.dim, kLayerGain);
    append_norms(bytes, random, uint64_t{d.layers} * d.dim);
    append_matrices(bytes, random, d.layers, d.hidden_dim, d.dim, kLayerGain);
    append_matrices(bytes, random, d.layers, d.dim, d.hidden_dim, kLayerGain);
    append_matrices(bytes, random, d.layers, d.hidden_dim, d.dim, kLayerGain);
    append_norms(bytes, random, d.dim);
    bytes.resize(bytes.size() + sizeof(float) * d.seq_len * head_size(&d));  // the unused tables
    if (!shared_classifier) append_token_rows(bytes, random, d, kClassifierGain);
    return bytes;
}

}  // namespace kiln::model
