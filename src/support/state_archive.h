// The state of a machine as bytes. Each part of it has one function `void state(StateArchive&)`
// that visits its fields: the same visit saves them or loads them.
//
// Bytes to load may come from anywhere: fields are checked where not every value is possible.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln {

// Bytes that are no state of this machine. `what()` says why.
class StateError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class StateArchive {
  public:
    // Saves to the end of `out`, which outlives the archive.
    explicit StateArchive(std::vector<std::byte>& out) : out_(&out) {}
    // Loads from `in`, which outlives the archive.
    explicit StateArchive(std::span<const std::byte> in) : in_(in) {}

    bool loading() const { return out_ == nullptr; }

    // A field of which every value is possible: an integer, an enumeration of all values, or an
    // array of these. All functions throw StateError where too little is left to load.
    template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>) void value(T& field) {
        bytes(std::as_writable_bytes(std::span(&field, 1)));
    }
    void value(bool& field) {
        auto number = static_cast<unsigned char>(field);
        value(number);
        check(number <= 1, "a flag");
        field = number != 0;
    }
    template <class T, size_t N>
    void value(std::array<T, N>& fields) {
        for (T& field : fields) value(field);
    }
    template <class... T>
    void values(T&... fields) {
        (value(fields), ...);
    }
    template <class T>
    void value(std::optional<T>& field) {
        bool there = field.has_value();
        value(there);
        if (!there) {
            field.reset();
            return;
        }
        if (!field) field.emplace();
        value(*field);
    }
    // A number of at most `most`, called `name`.
    template <std::unsigned_integral T>
    void at_most(T& field, T most, const char* name) {
        value(field);
        check(field <= most, name);
    }
    // What is the same in every machine of this configuration, called `name`.
    template <std::unsigned_integral T>
    void fixed(T expected, const char* name) {
        T found = expected;
        value(found);
        check(found == expected, name);
    }

    // A text of any length and content.
    void text(std::string& field) {
        std::uint64_t size = field.size();
        value(size);
        if (loading() && size > left()) throw StateError("it is too short");
        field.resize(size);
        bytes(std::as_writable_bytes(std::span(field)));
    }

    void bytes(std::span<std::byte> field) {
        if (out_ != nullptr) {
            out_->insert(out_->end(), field.begin(), field.end());
            return;
        }
        if (in_.size() < field.size()) throw StateError("it is too short");
        if (!field.empty()) std::memcpy(field.data(), in_.data(), field.size());
        in_ = in_.subspan(field.size());
    }

    // Throws where a value that was loaded, called `name`, is impossible.
    void check(bool possible, const char* name) const {
        if (!possible) throw StateError(std::string(name) + " is impossible");
    }
    // All was visited: nothing may be left to load.
    void finish() const {
        if (!in_.empty()) throw StateError("it is too long");
    }
    // Bytes that are left to load.
    size_t left() const { return in_.size(); }

  private:
    std::vector<std::byte>* out_ = nullptr;
    std::span<const std::byte> in_;
};

}  // namespace kiln
