#include "cli/cache_command.h"

#include <filesystem>
#include <fmt/format.h>

#include "jit/kept/code_store.h"
#include "jit/kept/eviction.h"
#include "jit/kept/profile_file.h"

namespace kiln {
namespace {

using Files = std::vector<kept::Folder::File>;

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

// Entries of one kind.
std::string row(const char* name, const Files& files, std::string_view suffix) {
    uint64_t count = 0;
    uint64_t bytes = 0;
    for (const auto& file : files) {
        if (!kept::is_entry(file.name) || !file.name.ends_with(suffix)) continue;
        ++count;
        bytes += file.bytes;
    }
    return fmt::format("{:<10}{:>10}  {:>8.1f} MiB\n", name, count, mebibytes(bytes));
}

bool is_there(const std::string& folder) {
    std::error_code error;
    return std::filesystem::symlink_status(folder, error).type() !=
           std::filesystem::file_type::not_found;
}

Files files_in(const CacheRequest& request) {
    if (!is_there(request.folder)) return {};
    const kept::Folder folder(request.folder, kept::Folder::Missing::refuse);
    if (request.clear) kept::clear(folder);
    return folder.files();
}

}  // namespace

std::string run_cache_command(const CacheRequest& request) {
    const Files files = files_in(request);
    return fmt::format("folder    {}\n{}{}limit               {:>8.1f} MiB (--cache-limit)\n",
                       request.folder, row("code", files, kept::CodeStore::kSuffix),
                       row("profiles", files, kept::ProfileFile::kSuffix),
                       mebibytes(MachineConfig().cache_limit));
}

}  // namespace kiln
