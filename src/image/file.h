// Whole files in, whole files out. Every function throws InputError("NAME: reason").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln {

// No image, kernel or initrd is larger; a sparse file could pretend to be.
inline constexpr uint64_t kMaxFileSize = uint64_t{4} << 30;

// Reads a regular file of 1 to `limit` bytes. Pipes and devices are refused without being read:
// they have no size to check first.
std::vector<std::byte> read_file(const std::string& name, uint64_t limit = kMaxFileSize);

// Replaces `name` by `bytes` so that a reader sees the old content or the new, never a part: a
// temporary file in the same folder is written, synced and renamed. A symbolic link keeps pointing
// where it did, an existing file keeps its permission bits. What is no regular file (/dev/stdout, a
// named pipe) is written straight. On an error nothing has changed and no temporary file is left.
void write_file_atomically(const std::string& name, std::span<const std::byte> bytes);
void write_file_atomically(const std::string& name, std::string_view text);

// Throws what write_file_atomically would throw for a bad name, so that a long run does not end
// with a result that has nowhere to go. Leaves nothing behind.
void require_writable(const std::string& name);

}  // namespace kiln
