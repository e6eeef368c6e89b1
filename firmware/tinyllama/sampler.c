#include "sampler.h"

#include "runtime.h"
#include "vector.h"

bool sampler_create(struct Sampler* sampler, uint32_t vocab_size, float temperature, float top_p,
                    uint64_t seed, struct Failure* failure) {
    *sampler = (struct Sampler){
        .vocab_size = vocab_size, .temperature = temperature, .top_p = top_p, .state = seed};
    sampler->candidates = calloc(vocab_size, sizeof(struct Candidate));
    if (sampler->candidates != NULL) return true;
    return fail(failure, kExitMemory, "sampler: no room for %lu candidates",
                (unsigned long)vocab_size);
}

void sampler_destroy(struct Sampler* sampler) {
    free(sampler->candidates);
    sampler->candidates = NULL;
}

// SplitMix64 (Steele, Lea, Flood 2014): every seed is a good one.
float sampler_random(struct Sampler* sampler) {
    uint64_t z = sampler->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (float)(z >> 40) * 0x1p-24f;
}

// From the likeliest on; equal ones by their number, so that there is one order only.
static int compare_candidates(const void* a, const void* b) {
    const struct Candidate* x = a;
    const struct Candidate* y = b;
    if (x->probability != y->probability) return x->probability > y->probability ? -1 : 1;
    return x->token < y->token ? -1 : 1;
}

// Gathers the likeliest token and the others that can be among those that make up top_p. Of n
// tokens, one below (1 - top_p) / (n - 1) cannot be: it and those behind it are less than what
// top_p leaves over, so that those before it make it up already.
static uint32_t gather(struct Sampler* sampler, const float* probabilities, uint32_t likeliest) {
    const float cutoff = (1.0f - sampler->top_p) / (float)(sampler->vocab_size - 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < sampler->vocab_size; ++i) {
        if (probabilities[i] < cutoff && i != likeliest) continue;
        sampler->candidates[count++] = (struct Candidate){probabilities[i], i};
    }
    return count;
}

static uint32_t choose_top_p(struct Sampler* sampler, const float* probabilities,
                             uint32_t likeliest) {
    const struct Candidate* candidates = sampler->candidates;
    const uint32_t gathered = gather(sampler, probabilities, likeliest);
    qsort(sampler->candidates, gathered, sizeof(struct Candidate), compare_candidates);
    float sum = 0.0f;
    uint32_t count = 0;
    while (count < gathered && sum <= sampler->top_p) sum += candidates[count++].probability;
    const float limit = sampler_random(sampler) * sum;
    float reached = 0.0f;
    for (uint32_t i = 0; i < count; ++i) {
        reached += candidates[i].probability;
        if (limit < reached) return candidates[i].token;
    }
    return candidates[count - 1].token;
}

static uint32_t choose(struct Sampler* sampler, const float* probabilities, uint32_t likeliest) {
    const float limit = sampler_random(sampler);
    float reached = 0.0f;
    for (uint32_t i = 0; i < sampler->vocab_size; ++i) {
        reached += probabilities[i];
        if (limit < reached) return i;
    }
    return likeliest;  // the sum fell short of 1 by rounding
}

uint32_t sampler_next(struct Sampler* sampler, float* logits) {
    const uint32_t likeliest = vector_largest(logits, sampler->vocab_size);
    if (sampler->temperature == 0.0f) return likeliest;
    // The largest becomes 0 first: a small temperature then makes the others vanish, not overflow.
    const float largest = logits[likeliest];
    for (uint32_t i = 0; i < sampler->vocab_size; ++i) {
        logits[i] = (logits[i] - largest) / sampler->temperature;
    }
    vector_softmax(logits, sampler->vocab_size);
    const bool all = sampler->top_p <= 0.0f || sampler->top_p >= 1.0f || sampler->vocab_size < 2;
    return all ? choose(sampler, logits, likeliest) : choose_top_p(sampler, logits, likeliest);
}
