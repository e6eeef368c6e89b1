// Numbers and bytes as the remote protocol writes them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/int.h"

namespace kiln::debug {

// Two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);
std::string to_hex(std::string_view text);
// The low `bytes` of a register: least significant byte first.
std::string register_to_hex(u64 value, unsigned bytes);

// Bytes of an even number of digits; nullopt: it is something else.
std::optional<std::vector<std::byte>> from_hex(std::string_view digits);
// The opposite of register_to_hex, for 1 to 8 bytes.
std::optional<u64> register_from_hex(std::string_view digits);

// Reads a packet's fields from its front.
class Fields {
  public:
    explicit Fields(std::string_view text) : left_(text) {}

    // Takes `prefix`, if that comes next.
    bool take(std::string_view prefix);
    // Takes a number of 1 to 16 hexadecimal digits, if one comes next.
    std::optional<u64> number();
    // Takes what comes before the next `end`, and that; everything, where there is none.
    std::string_view until(char end);
    std::string_view rest() const { return left_; }
    bool empty() const { return left_.empty(); }

  private:
    std::string_view left_;
};

}  // namespace kiln::debug
