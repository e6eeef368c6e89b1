// What a run takes from earlier runs, and leaves to later ones: compiled code, and what was hot.
#pragma once

#include <string>
#include <utility>

#include "jit/kept/code_store.h"
#include "jit/kept/profile_file.h"
#include "jit/kept/warm_start.h"

namespace kiln::kept {

class KeptCode {
  public:
    // See CodeStore and ProfileFile; none of this throws where the folder cannot be used.
    KeptCode(const std::string& folder, u64 limit, std::string identity, const GuestKind& guest)
        : store_(folder, limit, std::move(identity)),
          profile_(folder, guest),
          warm_start_(profile_.earlier()) {}
    KeptCode(const KeptCode&) = delete;
    KeptCode& operator=(const KeptCode&) = delete;

    // For any thread; the rest is for the one that runs the guest.
    CodeStore& store() { return store_; }
    // What earlier runs found hot.
    const WarmStart& warm_start() const { return warm_start_; }
    // This run found a region hot, or as much hotter than it was known to be.
    void add(ProfileRegion region) { run_.add(std::move(region)); }
    // The run ends: what it found is written. Again only what was found since.
    void save() noexcept {
        profile_.add(run_);
        run_ = {};
    }

  private:
    CodeStore store_;
    ProfileFile profile_;
    WarmStart warm_start_;
    Profile run_;
};

}  // namespace kiln::kept
