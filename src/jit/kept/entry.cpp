#include "jit/kept/entry.h"

#include <array>

#include "support/log.h"
#include "support/state_archive.h"

namespace kiln::kept {
namespace {

// Throws StateError.
std::vector<std::byte> take_content(Folder::Content file, const EntryName& name) {
    if (!file.distrust.empty()) throw StateError(file.distrust);
    const std::span<const std::byte> content = entry_content(file.bytes, name);
    file.bytes.erase(file.bytes.begin(),
                     file.bytes.end() - static_cast<std::ptrdiff_t>(content.size()));
    return std::move(file.bytes);
}

}  // namespace

FoundEntry read_entry(const Folder& folder, const std::string& file, const EntryName& name) {
    auto found = folder.read(file, kLargestEntry);
    if (!found) return {};
    try {
        return {take_content(std::move(*found), name)};
    } catch (const StateError& error) {
        folder.remove(file);
        log_line(LogItem::cache, "{}/{} is not used: {}", folder.path(), file, error.what());
        return {std::nullopt, true};
    }
}

void write_entry(const Folder& folder, const std::string& file, const EntryName& name,
                 std::span<const std::byte> content) {
    const std::vector<std::byte> header = entry_header(name, content);
    const std::array<std::span<const std::byte>, 3> pieces = {
        header, std::as_bytes(std::span(name.identity)), content};
    folder.write(file, pieces);
}

u64 bytes_on_disk(const EntryName& name, std::span<const std::byte> content) {
    return Folder::bytes_on_disk(entry_size(name, content));
}

}  // namespace kiln::kept
