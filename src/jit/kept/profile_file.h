// The profile of a kind of guest, in the folder of kept code.
#pragma once

#include <optional>
#include <string>

#include "jit/kept/folder.h"
#include "jit/kept/profile.h"

namespace kiln::kept {

// Guests of one kind share a profile: which code it speaks of is found by the code itself.
struct GuestKind {
    u64 ram_base;
    unsigned xlen;  // bits
};

class ProfileFile {
  public:
    // Reads what earlier runs found; nothing where the folder cannot be used, or holds no profile
    // that is whole. Never throws for that: the log says why.
    ProfileFile(const std::string& folder, const GuestKind& guest);

    // What earlier runs found.
    const Profile& earlier() const { return earlier_; }
    // Adds what this run found hot to what is in the file then, in which all else counts half as
    // much as before. Does nothing where the run found nothing. Does not wait for another process
    // but a moment.
    void add(const Profile& run) const noexcept;

    // Names of files end so.
    static constexpr std::string_view kSuffix = ".profile";

  private:
    Profile read() const;

    std::string identity_;
    std::string file_;
    std::optional<Folder> folder_;
    Profile earlier_;
};

}  // namespace kiln::kept
