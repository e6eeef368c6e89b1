// A flattened device tree, written from start to end over libfdt's sequential-write functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln {

class FdtBuilder {
  public:
    // Opens the root node.
    FdtBuilder();

    // Opens a node inside the current one, calls `content`, and closes it.
    void node(const std::string& name, const std::function<void()>& content);

    // Properties of the current node, before its first child. A name has at most 31 characters.
    void flag(const char* name);
    void cells(const char* name, std::span<const uint32_t> values);
    void cells(const char* name, std::initializer_list<uint32_t> values) {
        cells(name, std::span(values.begin(), values.size()));
    }
    // Values of two cells each, as addresses and sizes are under #address-cells = <2>.
    void wide_cells(const char* name, std::initializer_list<uint64_t> values);
    void string(const char* name, std::string_view text) { strings(name, {std::string(text)}); }
    void strings(const char* name, const std::vector<std::string>& texts);
    void bytes(const char* name, std::span<const std::byte> value);

    // Closes the root and returns the tree; the builder is spent.
    std::vector<std::byte> finish();

  private:
    // Runs a libfdt call, with a larger buffer when it was too small. Throws std::logic_error when
    // libfdt refuses it.
    void run(const std::function<int(void*)>& call);

    std::vector<std::byte> tree_;
};

}  // namespace kiln
