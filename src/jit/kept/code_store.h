// Compiled code on disk, for the next run and for other processes: bytes by key, in a folder that
// holds so much and no more; what was not used for longest goes first.
//
// All functions may be called by any thread, and by several at once. None of them throws or waits
// for another process: a store that cannot be used finds nothing, keeps nothing, and says why in
// one line of the log. docs/kept-code.md describes the files and what is checked.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "jit/kept/folder.h"
#include "jit/kept/key.h"

namespace kiln::kept {

class CodeStore {
  public:
    // `identity`: all that the code depends on beside the region: the program that compiled it, its
    // backend, the processor. Where that is not known (empty) the store is off. The folder is made
    // where it is missing.
    CodeStore(const std::string& folder, u64 limit, std::string identity);

    // The hasher for a key of this store: the identity is in it already.
    KeyHasher hasher() const;
    // What was kept under the key, by any process.
    std::optional<std::vector<std::byte>> find(const Key& key) noexcept;
    // Keeps the content. It is on the disk when this returns.
    void put(const Key& key, std::span<const std::byte> content) noexcept;

    struct Counts {
        u64 found = 0;
        u64 missed = 0;
        u64 kept = 0;
        u64 refused = 0;  // damaged, not to be trusted, or another's; missed, too
    };
    Counts counts() const noexcept;

    // Names of files end so.
    static constexpr std::string_view kSuffix = ".code";

  private:
    struct Counters {
        std::atomic<u64> found{0}, missed{0}, kept{0}, refused{0};
    };

    void make_room(u64 bytes);
    void turn_off(std::atomic<bool>& use, const char* what, const char* reason) noexcept;

    u64 limit_;
    std::string identity_;
    std::optional<Folder> folder_;
    std::atomic<bool> reads_ = true;
    std::atomic<bool> writes_ = true;
    Counters counters_;

    std::mutex room_;   // for what follows
    u64 used_ = 0;      // bytes in the folder, as far as known
    u64 unlooked_ = 0;  // bytes kept since the folder was last looked at
    bool looked_ = false;
};

}  // namespace kiln::kept
