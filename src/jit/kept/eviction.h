// Makes room in a store's folder.
#pragma once

#include "jit/kept/folder.h"

namespace kiln::kept {

// Whether a file of this name is a store's: an entry of any kind.
bool is_entry(std::string_view name);
// Bytes of all entries among `files`.
u64 bytes_of_entries(std::span<const Folder::File> files);

// Removes leftovers, and where the entries take more than `limit` bytes those that were not used
// for longest, until a part of the limit is free. Returns how many bytes the entries take then.
// Does nothing where another process is at it.
u64 evict(const Folder& folder, u64 limit);

// Removes all entries, and leftovers.
void clear(const Folder& folder);

}  // namespace kiln::kept
