#include "attention.h"

#include "float_math.h"
#include "jit_runtime.h"
#include "profiled.h"
#include "runtime.h"
#include "vector.h"

void rotation_prepare(struct Model* model) {
    const uint32_t size = head_size(&model->checkpoint->dimensions);
    for (uint32_t i = 0; i < size / 2; ++i) {
        model->frequencies[i] = 1.0f / powf(10000.0f, (float)(2 * i) / (float)size);
    }
}

void rotation_set_position(struct Model* model, uint32_t position) {
    const uint32_t pairs = head_size(&model->checkpoint->dimensions) / 2;
    for (uint32_t i = 0; i < pairs; ++i) {
        const float angle = (float)position * model->frequencies[i];
        model->cosines[i] = cosf(angle);
        model->sines[i] = sinf(angle);
    }
}

// Turns each pair of neighbours of every head in `x` by its angle.
static void rotate(const struct Model* model, float* x, uint32_t heads) {
    const uint32_t pairs = head_size(&model->checkpoint->dimensions) / 2;
    for (uint32_t head = 0; head < heads; ++head) {
        for (uint32_t i = 0; i < pairs; ++i, x += 2) {
            const float real = x[0];
            const float imaginary = x[1];
            x[0] = real * model->cosines[i] - imaginary * model->sines[i];
            x[1] = real * model->sines[i] + imaginary * model->cosines[i];
        }
    }
}

static float dot(const float* restrict a, const float* restrict b, uint32_t size) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < size; ++i) sum += a[i] * b[i];
    return sum;
}

// One head: out = sum of values, weighted by how well their keys match the query. Keys and values
// of successive positions lie `stride` apart.
static void attend(float* restrict out, float* restrict scores, const float* restrict query,
                   const float* restrict keys, const float* restrict values, uint32_t count,
                   uint32_t size, uint32_t stride) {
    const float scale = square_root((float)size);
    for (uint32_t t = 0; t < count; ++t) {
        scores[t] = dot(query, keys + (size_t)t * stride, size) / scale;
    }
    vector_softmax(scores, count);
    memset(out, 0, size * sizeof(float));
    for (uint32_t t = 0; t < count; ++t) {
        const float weight = scores[t];
        const float* restrict value = values + (size_t)t * stride;
        for (uint32_t i = 0; i < size; ++i) out[i] += weight * value[i];
    }
}

// All heads, from model->query to model->hidden; heads / kv_heads of them share keys and values.
static void attend_heads(struct Model* model, const float* keys, const float* values,
                         uint32_t count) {
    const struct Dimensions* d = &model->checkpoint->dimensions;
    const uint32_t size = head_size(d);
    const uint32_t sharing = d->heads / d->kv_heads;
    for (uint32_t head = 0; head < d->heads; ++head) {
        const uint32_t at = head / sharing * size;
        attend(model->hidden.values + head * size, model->scores, model->query + head * size,
               keys + at, values + at, count, size, kv_dim(d));
    }
}

void attention(struct Model* model, uint32_t layer, uint32_t position) {
    jit_profile_begin("attention");
    const struct Checkpoint* weights = model->checkpoint;
    const struct Dimensions* d = &weights->dimensions;
    const size_t start = (size_t)layer * model->positions * kv_dim(d);
    float* keys = model->key_cache + start;
    float* values = model->value_cache + start;
    float* key = keys + (size_t)position * kv_dim(d);
    float* value = values + (size_t)position * kv_dim(d);

    normalise(&model->normed, model->residual, weights->attention_norm + (size_t)layer * d->dim,
              weights);
    multiply(model->query, &weights->query, layer, &model->normed);
    multiply(key, &weights->key, layer, &model->normed);
    multiply(value, &weights->value, layer, &model->normed);
    rotate(model, model->query, d->heads);
    rotate(model, key, d->kv_heads);
    attend_heads(model, keys, values, position + 1);
    prepare(&model->hidden, d->dim, weights);
    multiply(model->normed.values, &weights->output, layer, &model->hidden);
    vector_add(model->residual, model->normed.values, d->dim);
    jit_profile_end("attention");
}
