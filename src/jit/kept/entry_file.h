// A file of a store: what it is, what it belongs to, and its content. Anything else that may stand
// in a file is told apart from it.
//
// The file: a header (eight bytes that say what it is, a version, the lengths of what follows, a
// checksum of all that is not the checksum itself, the key), the identity, the content.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "jit/kept/key.h"

namespace kiln::kept {

// What an entry is found by, and what it must have been made by.
struct EntryName {
    Key key;
    std::string_view identity;
};

// No entry is larger, header and identity included.
inline constexpr u64 kLargestEntry = u64{64} << 20;

// How long the file is.
u64 entry_size(const EntryName& name, std::span<const std::byte> content);
// The header for a content.
std::vector<std::byte> entry_header(const EntryName& name, std::span<const std::byte> content);
// The content of a file. Throws StateError, which says what is wrong with it, unless it is whole,
// unchanged, and has this name.
std::span<const std::byte> entry_content(std::span<const std::byte> file, const EntryName& name);

}  // namespace kiln::kept
