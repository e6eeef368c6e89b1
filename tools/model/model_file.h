// A model file in memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "checkpoint.h"
#include "model/bytes.h"

namespace kiln::model {

// dim, hidden_dim, layers, heads, kv_heads, vocab_size, seq_len.
using Header = std::array<int32_t, kCheckpointDimensions>;

struct ModelFile {
    Bytes bytes;
    Checkpoint checkpoint;  // points into `bytes`
};

// Throws InputError for a file that cannot be read, or is no whole model.
ModelFile load_model(const std::string& name);

// The checkpoint in `bytes`, which must outlive it. `name` is for the InputError.
Checkpoint parse_model(const std::string& name, std::span<const std::byte> bytes);

// The header of either format, for the dimensions that `checkpoint` has.
void append_float_header(Bytes& bytes, const Dimensions& dimensions, bool shared_classifier);
void append_quantised_header(Bytes& bytes, const Dimensions& dimensions, bool shared_classifier,
                             uint32_t group_size);

}  // namespace kiln::model
