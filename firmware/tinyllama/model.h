// The transformer: from a token and its position to the logits of the next token.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "checkpoint.h"
#include "failure.h"
#include "matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

struct Model {
    const struct Checkpoint* checkpoint;
    uint32_t positions;  // that the caches hold
    void* memory;        // all that follows lies in it

    float* residual;           // dim
    struct Activation normed;  // dim
    struct Activation hidden;  // the larger of dim and hidden_dim
    float* gated;              // hidden_dim
    float* query;              // dim
    float* scores;             // positions
    float* frequencies;        // head_size / 2, of the rotation
    float* cosines;            // head_size / 2, of the present position
    float* sines;
    float* logits;       // vocab_size
    float* key_cache;    // layers * positions * kv_dim
    float* value_cache;  // the same
};

// Bytes that a model of `positions` positions works in, its checkpoint not counted.
uint64_t model_memory_size(const struct Checkpoint* checkpoint, uint32_t positions);

// Allocates it; `positions` is from 1 to the checkpoint's seq_len, and `checkpoint` must outlive
// the model. False, and "NAME: reason" in `failure`, when RAM is too small.
bool model_create(struct Model* model, const char* name, const struct Checkpoint* checkpoint,
                  uint32_t positions, struct Failure* failure);

void model_destroy(struct Model* model);

// Runs `token` (below vocab_size) at `position` (below `positions`; those before it have been run
// since the story began). The vocab_size logits, valid until the next call; the caller may change
// them.
float* model_forward(struct Model* model, uint32_t token, uint32_t position);

#ifdef __cplusplus
}
#endif
