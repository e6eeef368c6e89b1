#include "jit/kept/profile_file.h"

#include <chrono>
#include <exception>
#include <fmt/format.h>

#include "jit/kept/entry.h"
#include "support/log.h"

namespace kiln::kept {
namespace {

// Of what a profile's fields mean.
constexpr unsigned kVersion = 4;
// Where another process adds to the profile for longer than this, one of both additions is lost.
constexpr std::chrono::milliseconds kWait(200);

std::string identity_of(const GuestKind& guest) {
    return fmt::format("profile {}, rv{}, RAM at {:#x}", kVersion, guest.xlen, guest.ram_base);
}

Key key_of(std::string_view identity) {
    KeyHasher hasher;
    hasher.text(identity);
    return hasher.key();
}

}  // namespace

ProfileFile::ProfileFile(const std::string& folder, const GuestKind& guest)
    : identity_(identity_of(guest)), file_(key_of(identity_).text() + std::string(kSuffix)) {
    try {
        folder_.emplace(folder, Folder::Missing::make);
        earlier_ = read();
    } catch (const std::exception& error) {
        log_line(LogItem::cache, "no profile is read: {}", error.what());
    }
}

Profile ProfileFile::read() const {
    const FoundEntry found = read_entry(*folder_, file_, {key_of(identity_), identity_});
    if (!found.content) return {};
    try {
        return Profile::load(*found.content);
    } catch (const StateError& error) {
        log_line(LogItem::cache, "{}/{} is not used: {}", folder_->path(), file_, error.what());
        return {};
    }
}

void ProfileFile::add(const Profile& run) const noexcept {
    if (!folder_ || run.regions().empty()) return;
    try {
        const Descriptor lock = folder_->try_lock(kWait);
        Profile all = read();
        all.age();
        for (const ProfileRegion& region : run.regions()) all.add(region);
        write_entry(*folder_, file_, {key_of(identity_), identity_}, all.save());
    } catch (const std::exception& error) {
        log_line(LogItem::cache, "no profile is kept: {}", error.what());
    }
}

}  // namespace kiln::kept
