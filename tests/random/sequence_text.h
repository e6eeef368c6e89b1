// Sequences as text: lines of words, of which the first says what the others are. A # starts a
// comment.
#pragma once

#include <functional>
#include <iosfwd>
#include <sstream>
#include <string>

#include "random/sequence.h"

namespace kiln::random_test {

// A line's words, taken one by one. All throw std::runtime_error where a word is not what is asked
// for.
class Words {
  public:
    explicit Words(const std::string& line) : stream_(line) {}

    std::string next();
    u64 number() { return number(~u64{0}); }
    u64 number(u64 most) { return parse(next(), most); }
    Value value();

  private:
    static u64 parse(const std::string& word, u64 most);

    std::istringstream stream_;
};

// Registers, fcsr, FS and code, a line for each part that is not zero.
std::string sequence_text(const Sequence& sequence, const riscv::Isa& isa);
// Reads what is behind `key`; false: the key is none of a sequence.
bool read_sequence_line(const std::string& key, Words& words, const riscv::Isa& isa,
                        Sequence& sequence);

// Has each line read that is not empty. Throws std::runtime_error with the line that is wrong.
void read_lines(std::istream& text, const std::function<void(Words&)>& read_line);

}  // namespace kiln::random_test
