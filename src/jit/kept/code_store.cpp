#include "jit/kept/code_store.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "jit/kept/entry.h"
#include "jit/kept/eviction.h"
#include "support/log.h"
#include "support/state_archive.h"

namespace kiln::kept {
namespace {

// The folder is looked at again when so large a part of the limit was kept: other processes keep
// code in it, too.
constexpr u64 kLookAgain = 16;

std::string file_name(const Key& key) { return key.text() + std::string(CodeStore::kSuffix); }

}  // namespace

CodeStore::CodeStore(const std::string& folder, u64 limit, std::string identity)
    : limit_(limit), identity_(std::move(identity)) {
    try {
        if (identity_.empty()) throw StateError("it is not known what makes it");
        folder_.emplace(folder, Folder::Missing::make);
    } catch (const std::exception& error) {
        reads_ = writes_ = false;
        log_line(LogItem::cache, "no code is kept: {}", error.what());
    }
}

void CodeStore::turn_off(std::atomic<bool>& use, const char* what, const char* reason) noexcept {
    // One thread says it.
    if (!use.exchange(false)) return;
    try {
        log_line(LogItem::cache, "no more code is {}: {}", what, reason);
    } catch (const std::exception&) {  // there is no log, either: nobody is to be told
    }
}

KeyHasher CodeStore::hasher() const {
    KeyHasher hasher;
    hasher.text(identity_);
    return hasher;
}

std::optional<std::vector<std::byte>> CodeStore::find(const Key& key) noexcept {
    if (!reads_) return std::nullopt;
    try {
        FoundEntry found = read_entry(*folder_, file_name(key), {key, identity_});
        ++(found.content ? counters_.found : counters_.missed);
        if (found.refused) ++counters_.refused;
        return std::move(found.content);
    } catch (const std::exception& error) {
        turn_off(reads_, "looked for", error.what());
        return std::nullopt;
    }
}

void CodeStore::put(const Key& key, std::span<const std::byte> content) noexcept {
    if (!writes_) return;
    try {
        const EntryName name{key, identity_};
        const u64 bytes = bytes_on_disk(name, content);
        if (bytes > std::min(kLargestEntry, limit_)) return;
        make_room(bytes);
        write_entry(*folder_, file_name(key), name, content);
        ++counters_.kept;
    } catch (const std::exception& error) {
        turn_off(writes_, "kept", error.what());
    }
}

void CodeStore::make_room(u64 bytes) {
    const std::lock_guard guard(room_);
    used_ += bytes;
    unlooked_ += bytes;
    if (looked_ && used_ <= limit_ && unlooked_ <= limit_ / kLookAgain) return;
    used_ = evict(*folder_, limit_ - bytes) + bytes;
    unlooked_ = 0;
    looked_ = true;
}

CodeStore::Counts CodeStore::counts() const noexcept {
    return {counters_.found, counters_.missed, counters_.kept, counters_.refused};
}

}  // namespace kiln::kept
