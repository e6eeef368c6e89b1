// Attention over what was seen so far, with rotary positions and grouped queries.
#pragma once

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

// The rotation's frequencies, 10000^(-2 i / head_size). Once for a model.
void rotation_prepare(struct Model* model);

// The sines and cosines of `position`. Once for a position, before its layers.
void rotation_set_position(struct Model* model, uint32_t position);

// Layer `layer` at `position`: reads model->residual, adds the attention's output to it.
void attention(struct Model* model, uint32_t layer, uint32_t position);

#ifdef __cplusplus
}
#endif
