#include "generate.h"

#include "jit_runtime.h"
#include "runtime.h"

static uint32_t sample(struct Sampler* sampler, float* logits) {
    jit_profile_begin("sampler_next");
    const uint32_t token = sampler_next(sampler, logits);
    jit_profile_end("sampler_next");
    return token;
}

static uint32_t next_token(struct Generator* generator, uint32_t position, uint32_t token,
                           uint32_t prompt_length) {
    const struct Listener* listener = &generator->listener;
    float* logits = model_forward(generator->model, token, position);
    if (listener->logits != NULL) listener->logits(listener->context, position, token, logits);
    return position + 1 < prompt_length ? generator->tokens[position + 1]
                                        : sample(generator->sampler, logits);
}

bool generate(struct Generator* generator, const char* prompt, uint32_t* positions,
              struct Failure* failure) {
    const struct Listener* listener = &generator->listener;
    const uint32_t limit = generator->model->positions;
    uint32_t length = 0;
    *positions = 0;
    if (!tokenizer_encode(generator->tokenizer, prompt, generator->tokens, &length, failure))
        return false;
    if (length > limit)
        return fail(failure, kExitUsage, "prompt: %lu tokens, more than the %lu of a story",
                    (unsigned long)length, (unsigned long)limit);
    uint32_t token = generator->tokens[0];
    while (*positions < limit) {
        const uint32_t next = next_token(generator, *positions, token, length);
        ++*positions;
        if (!generator->past_end && (next == kTokenBegin || next == kTokenEnd)) break;
        if (listener->token != NULL) listener->token(listener->context, token, next);
        token = next;
    }
    return true;
}
