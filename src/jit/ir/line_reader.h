// Takes a line of the text form apart, word by word.
#pragma once

#include <array>
#include <cctype>
#include <fmt/format.h>
#include <string_view>

#include "jit/ir/text.h"
#include "support/parse_int.h"

namespace kiln::ir {

class LineReader {
  public:
    LineReader(std::string_view line, unsigned number)
        : rest_(line.substr(0, line.find(';'))), number_(number) {
        skip_blanks();
    }

    bool at_end() const { return rest_.empty(); }

    // A name or number, or one character of punctuation; empty at the end.
    std::string_view word() {
        const std::string_view next = peek();
        rest_.remove_prefix(next.size());
        skip_blanks();
        return next;
    }
    std::string_view peek() const {
        size_t length = 0;
        while (length < rest_.size() && is_word(rest_[length])) ++length;
        return rest_.substr(0, length == 0 && !rest_.empty() ? 1 : length);
    }
    bool accept(std::string_view wanted) {
        if (peek() != wanted) return false;
        word();
        return true;
    }
    void expect(std::string_view wanted) {
        if (!accept(wanted)) fail(fmt::format("expected '{}', found '{}'", wanted, peek()));
    }
    void expect_end() {
        if (!at_end()) fail(fmt::format("'{}' is too much", rest_));
    }

    // An integer, decimal or hexadecimal; a sign is allowed.
    u64 number() {
        const std::string_view text = word();
        const std::optional<i64> value = parse_int(text);
        if (!value) fail(fmt::format("'{}' is not a number", text));
        return static_cast<u64>(*value);
    }
    // The index of a word in a list of names.
    template <size_t kCount>
    u64 choice(const std::array<std::string_view, kCount>& names, std::string_view what) {
        const std::string_view text = word();
        for (u64 i = 0; i < kCount; ++i)
            if (names[i] == text) return i;
        fail(fmt::format("'{}' is no {}", text, what));
    }

    [[noreturn]] void fail(const std::string& reason) const {
        throw ParseError(fmt::format("line {}: {}", number_, reason));
    }

  private:
    static bool is_word(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '%' ||
               c == '@' || c == '+' || c == '-' || c == '.';
    }
    void skip_blanks() {
        while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0)
            rest_.remove_prefix(1);
    }

    std::string_view rest_;
    unsigned number_;
};

}  // namespace kiln::ir
