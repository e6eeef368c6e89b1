#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

#include "model/random.h"
#include "model/random_model.h"
#include "tokenizer.h"

namespace kiln::model {
namespace {

// The space comes first: pieces that start with it may only start a piece.
constexpr std::string_view kCharacters = " abcdefghijklmnopqrstuvwxyz.,!?'\"";
constexpr size_t kLongestPiece = 10;

std::string byte_token(unsigned byte, ByteTokens form) {
    return form == ByteTokens::text ? fmt::format("<0x{:02X}>", byte)
                                    : std::string(1, static_cast<char>(byte));
}

// Joins two pieces that exist to one that does not; often the first is the space, so that words
// begin.
std::string join(Random& random, const std::vector<std::string>& pieces, size_t first,
                 const std::set<std::string>& known) {
    const auto count = static_cast<uint32_t>(pieces.size() - first);
    for (;;) {
        const std::string& left = pieces[first + (random.below(2) == 0 ? 0 : random.below(count))];
        const std::string& right = pieces[first + random.below(count)];
        const std::string joined = left + right;
        if (right[0] != ' ' && joined.size() <= kLongestPiece && !known.contains(joined))
            return joined;
    }
}

std::vector<std::string> make_pieces(uint32_t count, ByteTokens form, uint64_t seed) {
    std::vector<std::string> pieces = {"<unk>", "\n<s>\n", "\n</s>\n"};
    for (unsigned byte = 0; byte < kTokenBytes; ++byte) pieces.push_back(byte_token(byte, form));
    const size_t first = pieces.size();
    std::set<std::string> known;
    Random random(seed);
    for (const char character : kCharacters) pieces.emplace_back(1, character);
    known.insert(pieces.begin() + static_cast<std::ptrdiff_t>(first), pieces.end());
    while (pieces.size() < count) {
        pieces.push_back(join(random, pieces, first, known));
        known.insert(pieces.back());
    }
    return pieces;
}

}  // namespace

uint32_t smallest_vocabulary() {
    return kTokenFirstByte + kTokenBytes + static_cast<uint32_t>(kCharacters.size());
}

Bytes random_tokenizer(uint32_t vocab_size, ByteTokens byte_tokens, uint64_t seed) {
    const std::vector<std::string> pieces = make_pieces(vocab_size, byte_tokens, seed);
    Bytes bytes;
    size_t longest = 0;
    for (const std::string& piece : pieces) longest = std::max(longest, piece.size());
    append(bytes, static_cast<int32_t>(longest));
    // Earlier pieces score higher, as in a trained vocabulary.
    float score = 0.0F;
    for (const std::string& piece : pieces) {
        append(bytes, score);
        append(bytes, static_cast<int32_t>(piece.size()));
        append_text(bytes, piece);
        score -= 1.0F;
    }
    return bytes;
}

}  // namespace kiln::model
