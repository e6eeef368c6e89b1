#include "model/model_file.h"

#include <algorithm>
#include <array>

#include "image/file.h"
#include "support/error.h"

namespace kiln::model {
namespace {

Header as_header(const Dimensions& d) {
    Header header{};
    const std::array values = {d.dim,      d.hidden_dim, d.layers, d.heads,
                               d.kv_heads, d.vocab_size, d.seq_len};
    std::copy(values.begin(), values.end(), header.begin());
    return header;
}

}  // namespace

Checkpoint parse_model(const std::string& name, std::span<const std::byte> bytes) {
    Checkpoint checkpoint{};
    Failure failure{};
    // The reason alone: a long name would be cut. It comes as ": REASON".
    if (!checkpoint_parse(&checkpoint, "", bytes.data(), bytes.size(), &failure))
        throw InputError(name, std::string(failure.text).substr(2));
    return checkpoint;
}

ModelFile load_model(const std::string& name) {
    ModelFile file{read_file(name), {}};
    file.checkpoint = parse_model(name, file.bytes);
    return file;
}

void append_float_header(Bytes& bytes, const Dimensions& dimensions, bool shared_classifier) {
    auto values = as_header(dimensions);
    if (!shared_classifier) values[5] = -values[5];
    append(bytes, std::span<const int32_t>(values));
}

void append_quantised_header(Bytes& bytes, const Dimensions& dimensions, bool shared_classifier,
                             uint32_t group_size) {
    const size_t start = bytes.size();
    const auto values = as_header(dimensions);
    append(bytes, uint32_t{kCheckpointMagic});
    append(bytes, int32_t{2});
    append(bytes, std::span<const int32_t>(values));
    append(bytes, static_cast<uint8_t>(shared_classifier ? 1 : 0));
    append(bytes, group_size);
    bytes.resize(start + kQuantisedHeaderSize);
}

}  // namespace kiln::model
