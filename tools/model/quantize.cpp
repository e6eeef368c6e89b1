#include "model/quantize.h"

#include <fmt/format.h>

#include "support/error.h"

namespace kiln::model {
namespace {

void append_norms(Bytes& bytes, const Checkpoint& model) {
    const size_t dim = model.dimensions.dim;
    const size_t all = dim * model.dimensions.layers;
    append(bytes, std::span(model.attention_norm, all));
    append(bytes, std::span(model.feed_forward_norm, all));
    append(bytes, std::span(model.final_norm, dim));
}

void append_matrix(Bytes& bytes, const Matrix& matrix, uint32_t group_size) {
    const size_t count = size_t{matrix.rows} * matrix.columns;
    std::vector<float> values(matrix.columns);
    std::vector<int8_t> quantised(count);
    std::vector<float> scales(count / group_size);
    for (uint32_t row = 0; row < matrix.rows; ++row) {
        const size_t at = size_t{row} * matrix.columns;
        matrix_copy_row(values.data(), &matrix, row);
        Activation activation{values.data(), quantised.data() + at,
                              scales.data() + at / group_size};
        activation_quantise(&activation, matrix.columns, group_size);
    }
    append(bytes, std::span<const int8_t>(quantised));
    append(bytes, std::span<const float>(scales));
}

void append_stack(Bytes& bytes, const MatrixStack& stack, uint32_t count, uint32_t group_size) {
    for (uint32_t i = 0; i < count; ++i) {
        append_matrix(bytes, checkpoint_matrix(&stack, i), group_size);
    }
}

}  // namespace

uint32_t choose_group_size(const Dimensions& dimensions, uint32_t wanted) {
    for (uint32_t size = wanted; size >= 4; size /= 2) {
        if (size % 4 == 0 && dimensions.dim % size == 0 && dimensions.hidden_dim % size == 0)
            return size;
    }
    return 0;
}

Bytes quantize(const std::string& name, const Checkpoint& model, uint32_t group_size) {
    const Dimensions& d = model.dimensions;
    if (model.group_size != 0) throw InputError(name, "is int8 already");
    const uint32_t size = choose_group_size(d, group_size);
    if (size == 0) {
        throw InputError(name, fmt::format("no group size of {} and its halves down to 4 divides "
                                           "dim {} and hidden_dim {}",
                                           group_size, d.dim, d.hidden_dim));
    }
    Bytes bytes;
    append_quantised_header(bytes, d, model.shared_classifier, size);
    append_norms(bytes, model);
    append_stack(bytes, model.embedding, 1, size);
    for (const MatrixStack* stack : {&model.query, &model.key, &model.value, &model.output,
                                     &model.gate, &model.down, &model.up}) {
        append_stack(bytes, *stack, d.layers, size);
    }
    if (!model.shared_classifier) append_stack(bytes, model.classifier, 1, size);
    return bytes;
}

}  // namespace kiln::model
