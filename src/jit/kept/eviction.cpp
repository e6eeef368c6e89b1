#include "jit/kept/eviction.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace kiln::kept {
namespace {

constexpr std::array<std::string_view, 2> kSuffixes = {".code", ".profile"};
constexpr size_t kDigits = 32;
// Of the limit, this part is free after an eviction, so that not each entry needs one.
constexpr u64 kFreed = 8;

auto last_use(const Folder::File& file) {
    return std::tie(file.used.tv_sec, file.used.tv_nsec, file.name);
}

}  // namespace

bool is_entry(std::string_view name) {
    const std::string_view digits = name.substr(0, kDigits);
    return digits.size() == kDigits &&
           digits.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
           std::ranges::find(kSuffixes, name.substr(kDigits)) != kSuffixes.end();
}

u64 bytes_of_entries(std::span<const Folder::File> files) {
    u64 bytes = 0;
    for (const Folder::File& file : files)
        if (is_entry(file.name)) bytes += file.bytes;
    return bytes;
}

u64 evict(const Folder& folder, u64 limit) {
    const Descriptor lock = folder.try_lock({});
    std::vector<Folder::File> files = folder.files();
    if (!lock.valid()) return bytes_of_entries(files);
    folder.remove_leftovers(files);
    u64 bytes = bytes_of_entries(files);
    if (bytes <= limit) return bytes;
    std::ranges::sort(files,
                      [](const auto& a, const auto& b) { return last_use(a) < last_use(b); });
    for (const Folder::File& file : files) {
        if (bytes <= limit - limit / kFreed) break;
        if (is_entry(file.name) && folder.remove(file.name)) bytes -= file.bytes;
    }
    return bytes;
}

void clear(const Folder& folder) {
    const std::vector<Folder::File> files = folder.files();
    folder.remove_leftovers(files);
    for (const Folder::File& file : files)
        if (is_entry(file.name)) folder.remove(file.name);
}

}  // namespace kiln::kept
