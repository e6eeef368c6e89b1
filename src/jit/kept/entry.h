// Entries in a folder: what is read is what was written, or nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jit/kept/entry_file.h"
#include "jit/kept/folder.h"

namespace kiln::kept {

struct FoundEntry {
    std::optional<std::vector<std::byte>> content;
    bool refused = false;  // there was one that is damaged, not to be trusted, or another's
};

// Reads the entry in a file. One that is refused is removed, with a line in the log. Throws
// InputError.
FoundEntry read_entry(const Folder& folder, const std::string& file, const EntryName& name);
// Writes the entry. Throws InputError.
void write_entry(const Folder& folder, const std::string& file, const EntryName& name,
                 std::span<const std::byte> content);
// How much of a folder the entry takes.
u64 bytes_on_disk(const EntryName& name, std::span<const std::byte> content);

}  // namespace kiln::kept
