// A story: the prompt's tokens, then those that the model and the sampler make of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "model.h"
#include "sampler.h"
#include "tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

// Who is told how the story goes on; a null function is not called.
struct Listener {
    void* context;
    // The model ran `token` at `position`.
    void (*logits)(void* context, uint32_t position, uint32_t token, const float* logits);
    // `token` follows `previous`.
    void (*token)(void* context, uint32_t previous, uint32_t token);
};

struct Generator {
    struct Model* model;
    struct Tokenizer* tokenizer;
    struct Sampler* sampler;
    struct Listener listener;
    bool past_end;                // the story goes on where the model would end it
    uint32_t tokens[kMaxTokens];  // of the prompt
};

// Tells a story from position 0 on, until the model ends it or its positions are used up.
// `positions` is set to the number of positions run. False for a prompt that is longer than that,
// or too long for the tokenizer. Allocates nothing.
bool generate(struct Generator* generator, const char* prompt, uint32_t* positions,
              struct Failure* failure);

#ifdef __cplusplus
}
#endif
