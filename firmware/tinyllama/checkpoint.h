// Model files of the llama2.c formats, checked and used where they lie.
//
// Version 0, fp32: seven int32 (dim, hidden_dim, layers, heads, kv_heads, vocab_size, seq_len; a
// negative vocab_size says that the classifier is not the embedding), then floats: embedding,
// attention norms, query, key, value, output, feed-forward norms, gate (w1), down (w2), up (w3),
// final norm, two tables of seq_len * head_size / 2 that nothing reads any more, and the classifier
// if it is one of its own. Each is one array for all layers.
//
// Version 2, int8: 0x616b3432, 2, the seven int32, a byte that says whether the classifier is the
// embedding, the int32 group size, zeros up to byte 256; the norms as floats (attention,
// feed-forward, final), then the matrices, each layer's one after the other, in the order
// embedding, query, key, value, output, gate, down, up, classifier: all int8 values of a matrix,
// then all its scales.
//
// Everything is little-endian, as the machines are.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    kCheckpointMagic = 0x616b3432,
    kCheckpointDimensions = 7,
    kFloatHeaderSize = 4 * kCheckpointDimensions,
    kQuantisedHeaderSize = 256,
};

// All at least 1; heads divides dim, kv_heads divides heads, dim / heads is even.
struct Dimensions {
    uint32_t dim, hidden_dim, layers, heads, kv_heads, vocab_size, seq_len;
};

static inline uint32_t head_size(const struct Dimensions* d) { return d->dim / d->heads; }
static inline uint32_t kv_dim(const struct Dimensions* d) { return head_size(d) * d->kv_heads; }

// Matrices of one shape, one behind the other.
struct MatrixStack {
    const unsigned char* data;
    uint32_t rows, columns;
    uint32_t group_size;  // 0: floats
};

struct Checkpoint {
    struct Dimensions dimensions;
    int version;
    uint32_t group_size;  // 0 in version 0
    bool shared_classifier;
    // Floats of dim for each layer, the last one once.
    const float *attention_norm, *feed_forward_norm, *final_norm;
    // One for each layer, but embedding and classifier, which are one.
    struct MatrixStack embedding, query, key, value, output, gate, down, up, classifier;
};

// Reads `size` bytes at `bytes`, which start at a multiple of 4 and must outlive the checkpoint.
// False, and "NAME: reason" in `failure`, if they are no whole model, or have anything behind it.
bool checkpoint_parse(struct Checkpoint* checkpoint, const char* name, const void* bytes,
                      size_t size, struct Failure* failure);

// The seven values of a header, in its order and none negative, if a model can have them. False,
// and "NAME: reason" in `failure`, otherwise.
bool checkpoint_dimensions(struct Dimensions* dimensions, const int32_t* values, const char* name,
                           struct Failure* failure);

// Matrix number `index` of the stack.
struct Matrix checkpoint_matrix(const struct MatrixStack* stack, uint32_t index);

// Bytes of one matrix of the stack.
uint64_t checkpoint_matrix_size(const struct MatrixStack* stack);

#ifdef __cplusplus
}
#endif
