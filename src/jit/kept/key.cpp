#include "jit/kept/key.h"

#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <new>
#include <xxhash.h>

namespace kiln::kept {

std::string Key::text() const {
    std::string text;
    for (const u8 byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    return text;
}

KeyHasher::KeyHasher() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH3_128bits_reset(state_.get());
}

void KeyHasher::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

void KeyHasher::raw(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

Key KeyHasher::key() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    Key key;
    static_assert(sizeof canonical.digest == sizeof key.bytes);
    std::memcpy(key.bytes.data(), canonical.digest, sizeof key.bytes);
    return key;
}

u64 hash_code(std::span<const std::byte> code) { return XXH3_64bits(code.data(), code.size()); }

}  // namespace kiln::kept
