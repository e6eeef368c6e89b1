// Native code by the guest code that it was made from: what the guest overwrites and writes again
// need not be compiled again.
//
// Code that no block owns any more is dormant: nothing leads to it, nor does it lead anywhere. It
// stays until its place in the code space is used again, which bounds how much there is.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "jit/native/link.h"

namespace kiln {

// What native code depends on: where the block begins, its mode word, and its bytes. They are
// inside one page.
struct CodeOrigin {
    u64 physical;
    u64 mode;
    std::span<const std::byte> bytes;
};

class CodeVersions {
  public:
    // Code was made, which has its owner.
    void add(native::Block& native, const CodeOrigin& origin) {
        const auto [at, added] =
            versions_.try_emplace(key_of(origin), Version{&native, native.entry});
        if (!added) return;
        native.version = &*at;
        ++at_place(origin.physical);
    }
    // Wakes the dormant code that was made of the same: it may be entered, and belongs to `owner`.
    // nullptr: there is none.
    native::Block* wake(const CodeOrigin& origin, void* owner) {
        if (at_place(origin.physical) == 0) return nullptr;
        const auto found = versions_.find(key_of(origin));
        if (found == versions_.end() || found->second.native->owner != nullptr) return nullptr;
        const Version& version = found->second;
        native::revive(*version.native, version.entry, owner);
        return version.native;
    }
    // The code's place is used again.
    void remove(const native::Block& native) {
        if (native.version == nullptr) return;
        const auto& entry = *static_cast<const Versions::value_type*>(native.version);
        u64 physical;
        std::memcpy(&physical, entry.first.data(), sizeof physical);
        --at_place(physical);
        versions_.erase(versions_.find(entry.first));
    }

  private:
    struct Version {
        native::Block* native;
        u64 entry;  // its native::Block::entry while it may be entered
    };
    // A string for its hash, which is of the whole.
    using Versions = std::unordered_map<std::string, Version>;

    // How many versions begin there, or at another place that shares the number.
    u32& at_place(u64 physical) { return places_[physical / 2 % kPlaces]; }

    static std::string key_of(const CodeOrigin& origin) {
        std::string key(2 * sizeof(u64) + origin.bytes.size(), 0);
        std::memcpy(key.data(), &origin.physical, sizeof(u64));
        std::memcpy(key.data() + sizeof(u64), &origin.mode, sizeof(u64));
        std::memcpy(key.data() + 2 * sizeof(u64), origin.bytes.data(), origin.bytes.size());
        return key;
    }

    static constexpr size_t kPlaces = 1 << 16;

    Versions versions_;
    // Most blocks that are decoded have none, which this tells without a look at their code.
    std::vector<u32> places_ = std::vector<u32>(kPlaces);
};

}  // namespace kiln
