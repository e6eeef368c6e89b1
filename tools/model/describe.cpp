#include "model/describe.h"

#include <fmt/format.h>

namespace kiln::model {
namespace {

uint64_t weights_of(const MatrixStack& stack, uint64_t count) {
    return count * stack.rows * stack.columns;
}

uint64_t count_weights(const Checkpoint& model) {
    const uint64_t layers = model.dimensions.layers;
    uint64_t count = (2 * layers + 1) * model.dimensions.dim + weights_of(model.embedding, 1);
    for (const MatrixStack* stack : {&model.query, &model.key, &model.value, &model.output,
                                     &model.gate, &model.down, &model.up}) {
        count += weights_of(*stack, layers);
    }
    return model.shared_classifier ? count : count + weights_of(model.classifier, 1);
}

std::string format_name(const Checkpoint& model) {
    return model.group_size == 0 ? "version 0, fp32"
                                 : fmt::format("version 2, int8 in groups of {}", model.group_size);
}

}  // namespace

std::string describe(const Checkpoint& model) {
    const Dimensions& d = model.dimensions;
    std::string text = fmt::format("format: {}\n", format_name(model));
    text += fmt::format("dim: {}\nhidden_dim: {}\nlayers: {}\n", d.dim, d.hidden_dim, d.layers);
    text += fmt::format("heads: {}\nkv_heads: {}\n", d.heads, d.kv_heads);
    text += fmt::format("vocabulary: {}\ncontext: {}\n", d.vocab_size, d.seq_len);
    text += fmt::format("classifier: {}\n", model.shared_classifier ? "the embedding" : "its own");
    text += fmt::format("weights: {}\n", count_weights(model));
    return text;
}

}  // namespace kiln::model
