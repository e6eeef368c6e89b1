#include "model.h"

#include "attention.h"
#include "jit_runtime.h"
#include "profiled.h"
#include "runtime.h"
#include "vector.h"

// Lays the parts of the model's memory out, each at a multiple of 16 bytes. With a null `memory` it
// only counts.
struct Layout {
    unsigned char* memory;
    uint64_t size;
};

static void* place(struct Layout* layout, uint64_t size) {
    const uint64_t start = layout->size;
    layout->size += (size + 15) / 16 * 16;
    return layout->memory == NULL ? NULL : layout->memory + (size_t)start;
}

static float* place_floats(struct Layout* layout, uint64_t count) {
    return place(layout, count * sizeof(float));
}

static struct Activation place_activation(struct Layout* layout, uint32_t size,
                                          uint32_t group_size) {
    struct Activation activation = {.values = place_floats(layout, size)};
    if (group_size != 0) {
        activation.quantised = place(layout, size);
        activation.scales = place_floats(layout, size / group_size);
    }
    return activation;
}

static void place_all(struct Model* model, struct Layout* layout) {
    const struct Dimensions* d = &model->checkpoint->dimensions;
    const uint32_t group_size = model->checkpoint->group_size;
    const uint32_t pairs = head_size(d) / 2;
    const uint64_t cache = (uint64_t)d->layers * model->positions * kv_dim(d);
    const uint32_t larger = d->dim > d->hidden_dim ? d->dim : d->hidden_dim;
    model->residual = place_floats(layout, d->dim);
    model->normed = place_activation(layout, d->dim, group_size);
    model->hidden = place_activation(layout, larger, group_size);
    model->gated = place_floats(layout, d->hidden_dim);
    model->query = place_floats(layout, d->dim);
    model->scores = place_floats(layout, model->positions);
    model->frequencies = place_floats(layout, pairs);
    model->cosines = place_floats(layout, pairs);
    model->sines = place_floats(layout, pairs);
    model->logits = place_floats(layout, d->vocab_size);
    model->key_cache = place_floats(layout, cache);
    model->value_cache = place_floats(layout, cache);
}

uint64_t model_memory_size(const struct Checkpoint* checkpoint, uint32_t positions) {
    struct Model model = {.checkpoint = checkpoint, .positions = positions};
    struct Layout layout = {NULL, 0};
    place_all(&model, &layout);
    return layout.size;
}

bool model_create(struct Model* model, const char* name, const struct Checkpoint* checkpoint,
                  uint32_t positions, struct Failure* failure) {
    const uint64_t size = model_memory_size(checkpoint, positions);
    *model = (struct Model){.checkpoint = checkpoint, .positions = positions};
    if (size <= SIZE_MAX) model->memory = malloc((size_t)size);
    if (model->memory == NULL)
        return fail(failure, kExitMemory,
                    "%s: no room for the %llu bytes that %lu positions need; RAM has %llu", name,
                    (unsigned long long)size, (unsigned long)positions,
                    (unsigned long long)runtime_ram_size());
    struct Layout layout = {model->memory, 0};
    place_all(model, &layout);
    rotation_prepare(model);
    return true;
}

void model_destroy(struct Model* model) {
    free(model->memory);
    model->memory = NULL;
}

static void feed_forward(struct Model* model, uint32_t layer) {
    jit_profile_begin("feed_forward");
    const struct Checkpoint* weights = model->checkpoint;
    const struct Dimensions* d = &weights->dimensions;
    normalise(&model->normed, model->residual, weights->feed_forward_norm + (size_t)layer * d->dim,
              weights);
    multiply(model->hidden.values, &weights->gate, layer, &model->normed);
    multiply(model->gated, &weights->up, layer, &model->normed);
    vector_swiglu(model->hidden.values, model->gated, d->hidden_dim);
    prepare(&model->hidden, d->hidden_dim, weights);
    multiply(model->normed.values, &weights->down, layer, &model->hidden);
    vector_add(model->residual, model->normed.values, d->dim);
    jit_profile_end("feed_forward");
}

static void transformer_layer(struct Model* model, uint32_t layer, uint32_t position) {
    jit_profile_begin("transformer_layer");
    attention(model, layer, position);
    feed_forward(model, layer);
    jit_profile_end("transformer_layer");
}

float* model_forward(struct Model* model, uint32_t token, uint32_t position) {
    jit_profile_begin("model_forward");
    const struct Checkpoint* weights = model->checkpoint;
    const struct Matrix embedding = checkpoint_matrix(&weights->embedding, 0);
    matrix_copy_row(model->residual, &embedding, token);
    rotation_set_position(model, position);
    for (uint32_t layer = 0; layer < weights->dimensions.layers; ++layer) {
        transformer_layer(model, layer, position);
    }
    normalise(&model->normed, model->residual, weights->final_norm, weights);
    multiply(model->logits, &weights->classifier, 0, &model->normed);
    jit_profile_end("model_forward");
    return model->logits;
}
