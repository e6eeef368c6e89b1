// A file's content in the making. Everything is little-endian, as the hosts are.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kiln::model {

using Bytes = std::vector<std::byte>;

template <typename T>
void append(Bytes& bytes, std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (values.empty()) return;
    const size_t at = bytes.size();
    bytes.resize(at + values.size_bytes());
    std::memcpy(bytes.data() + at, values.data(), values.size_bytes());
}

template <typename T>
void append(Bytes& bytes, const T& value) {
    append(bytes, std::span<const T>(&value, 1));
}

inline void append_text(Bytes& bytes, std::string_view text) {
    append(bytes, std::span<const char>(text.data(), text.size()));
}

}  // namespace kiln::model
