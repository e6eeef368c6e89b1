// A folder of kept code for a test, and what it holds.
#pragma once

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "jit/kept/code_store.h"
#include "support/log.h"
#include "unit/scratch_folder.h"

namespace kiln::test {

inline constexpr const char* kIdentity = "a Kiln, a backend, a processor";
// A limit that no test reaches.
inline constexpr u64 kEnough = u64{256} << 20;

inline std::vector<std::byte> content(u64 seed, size_t size = 1000) {
    std::vector<std::byte> bytes(size);
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(seed * 31 + i + i / 251);
    return bytes;
}

inline kept::Key key(const kept::CodeStore& store, u64 number) {
    kept::KeyHasher hasher = store.hasher();
    hasher.number(number);
    return hasher.key();
}

// What the log says while `call` runs.
template <class F>
std::string logged(F call) {
    testing::internal::CaptureStderr();
    set_log_mask(parse_log_mask("cache"));
    call();
    set_log_mask(0);
    return testing::internal::GetCapturedStderr();
}

class KeptFolder : public testing::Test {
  protected:
    kept::CodeStore open(u64 limit = kEnough, const char* identity = kIdentity) {
        return kept::CodeStore(path, limit, identity);
    }
    static std::string file_of(const kept::Key& key) { return key.text() + ".code"; }
    bool has(const std::string& file) const {
        return std::filesystem::exists(std::filesystem::symlink_status(path + "/" + file));
    }
    // When the file was used last, in seconds.
    void used_at(const std::string& file, time_t seconds) {
        const timespec times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(utimensat(AT_FDCWD, (path + "/" + file).c_str(), times, 0), 0);
    }

    ScratchFolder scratch;
    std::string path = scratch.name("made/for/it");
};

}  // namespace kiln::test
