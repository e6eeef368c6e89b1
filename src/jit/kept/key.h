// What kept code is found by: a hash of all that it depends on.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "support/int.h"

struct XXH3_state_s;

namespace kiln::kept {

// 128 bits of XXH3. Not proof against who looks for collisions: the folder of a store belongs to
// its user alone.
struct Key {
    std::array<u8, 16> bytes{};
    bool operator==(const Key&) const = default;
    // 32 hexadecimal digits.
    std::string text() const;
};

// Takes in all that a key covers, one after the other. What differs in a length, or in the order,
// differs in the key.
class KeyHasher {
  public:
    KeyHasher();

    void number(u64 value) { raw(std::as_bytes(std::span(&value, 1))); }
    void text(std::string_view text) {
        number(text.size());
        raw(std::as_bytes(std::span(text)));
    }
    // Values that have no bytes but those that count.
    template <class T>
    requires std::has_unique_object_representations_v<T>
    void values(std::span<const T> values) {
        number(values.size());
        raw(std::as_bytes(values));
    }
    template <class T>
    void values(const std::vector<T>& all) {
        values(std::span<const T>(all));
    }
    // Of all that came so far; more may follow.
    Key key() const;

  private:
    void raw(std::span<const std::byte> bytes);

    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    std::unique_ptr<XXH3_state_s, Free> state_;
};

// A hash of a piece of guest code.
u64 hash_code(std::span<const std::byte> code);

}  // namespace kiln::kept
