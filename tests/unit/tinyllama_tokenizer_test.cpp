// Encoding and decoding, with a vocabulary small enough to work results out by hand, and against a
// plain implementation over random ones.
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/random_model.h"
#include "tokenizer.h"

namespace {

using namespace std::string_literals;
using Bytes = std::vector<std::byte>;
using Tokens = std::vector<uint32_t>;
using Vocabulary = std::vector<std::pair<std::string, float>>;

enum class Form { text, raw, utf8 };

std::string byte_token(unsigned byte, Form form) {
    if (form == Form::text) {
        char text[8];
        std::snprintf(text, sizeof text, "<0x%02X>", byte);
        return text;
    }
    if (form == Form::raw || byte < 0x80) return std::string(1, static_cast<char>(byte));
    return {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
}

Vocabulary special_and_bytes(Form form) {
    Vocabulary vocabulary = {{"<unk>", 0}, {"\n<s>\n", 0}, {"\n</s>\n", 0}};
    for (unsigned byte = 0; byte < 256; ++byte) vocabulary.emplace_back(byte_token(byte, form), 0);
    return vocabulary;
}

// 259 " ", 260 a, 261 b, 262 c, 263 ab, 264 bc, 265 " a", 266 abc, 267 é, 268 " abc".
Vocabulary small_vocabulary(Form form) {
    Vocabulary vocabulary = special_and_bytes(form);
    const Vocabulary more = {{" ", -1e9F}, {"a", -20}, {"b", -21},  {"c", -22}, {"ab", -2},
                             {"bc", -1},   {" a", -3}, {"abc", -4}, {"é", -23}, {" abc", -5}};
    vocabulary.insert(vocabulary.end(), more.begin(), more.end());
    return vocabulary;
}

void append(Bytes& bytes, const void* from, size_t size) {
    const auto* start = static_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), start, start + size);
}

Bytes file_of(const Vocabulary& vocabulary, int32_t longest = 8) {
    Bytes bytes;
    append(bytes, &longest, 4);
    for (const auto& [text, score] : vocabulary) {
        const auto length = static_cast<int32_t>(text.size());
        append(bytes, &score, 4);
        append(bytes, &length, 4);
        append(bytes, text.data(), text.size());
    }
    return bytes;
}

class Loaded {
  public:
    Loaded(const Bytes& bytes, size_t count) : exact_(new std::byte[bytes.size()]) {
        if (!bytes.empty()) std::memcpy(exact_.get(), bytes.data(), bytes.size());
        ok = tokenizer_create(&tokenizer, "tokenizer.bin", exact_.get(), bytes.size(),
                              static_cast<uint32_t>(count), &failure);
    }
    explicit Loaded(const Vocabulary& vocabulary) : Loaded(file_of(vocabulary), vocabulary.size()) {
        EXPECT_TRUE(ok) << failure.text;
    }
    ~Loaded() {
        if (ok) tokenizer_destroy(&tokenizer);
    }
    Loaded(const Loaded&) = delete;
    Loaded& operator=(const Loaded&) = delete;

    Tokens encode(const std::string& text) {
        Tokens tokens(kMaxTokens);
        uint32_t count = 0;
        EXPECT_TRUE(tokenizer_encode(&tokenizer, text.c_str(), tokens.data(), &count, &failure));
        tokens.resize(count);
        return tokens;
    }

    std::string decode(const Tokens& tokens) const {
        std::string text;
        for (size_t i = 1; i < tokens.size(); ++i) {
            size_t length = 0;
            const unsigned char* piece =
                tokenizer_decode(&tokenizer, tokens[i - 1], tokens[i], &length);
            text.append(reinterpret_cast<const char*>(piece), length);
        }
        return text;
    }

    Tokenizer tokenizer{};
    Failure failure{};
    bool ok = false;

  private:
    std::unique_ptr<std::byte[]> exact_;
};

std::string refusal(const Bytes& bytes, size_t count) {
    const Loaded loaded(bytes, count);
    EXPECT_FALSE(loaded.ok);
    EXPECT_EQ(loaded.failure.code, 65);
    return loaded.failure.text;
}

TEST(Tokenizer, JoinsThePairOfTheHighestScoreFirst) {
    for (const Form form : {Form::text, Form::raw, Form::utf8}) {
        Loaded t(small_vocabulary(form));
        EXPECT_EQ(t.encode(""), (Tokens{1}));
        EXPECT_EQ(t.encode("a"), (Tokens{1, 265}));
        // bc (-1) before ab (-2); then " a" and bc make nothing but " abc".
        EXPECT_EQ(t.encode("abc"), (Tokens{1, 268}));
        // bc first, so that ab is not to be had.
        EXPECT_EQ(t.encode("bab"), (Tokens{1, 259, 261, 263}));
        EXPECT_EQ(t.encode("cc"), (Tokens{1, 259, 262, 262}));
    }
}

TEST(Tokenizer, JoinsTheFirstOfEqualPairs) {
    Vocabulary vocabulary = special_and_bytes(Form::text);
    vocabulary.insert(vocabulary.end(), {{"a", 0}, {"aa", -1}});
    Loaded t(vocabulary);
    EXPECT_EQ(t.encode("aaa"), (Tokens{1, 3 + ' ', 260, 259}));
}

TEST(Tokenizer, FallsBackToBytes) {
    for (const Form form : {Form::text, Form::raw, Form::utf8}) {
        Loaded t(small_vocabulary(form));
        EXPECT_EQ(t.encode("é"), (Tokens{1, 259, 267}));
        EXPECT_EQ(t.encode("è"), (Tokens{1, 259, 3 + 0xc3, 3 + 0xa8}));
        EXPECT_EQ(t.encode("z"), (Tokens{1, 259, 3 + 'z'}));
        EXPECT_EQ(t.encode("\xf0\x9f\x98\x80"),
                  (Tokens{1, 259, 3 + 0xf0, 3 + 0x9f, 3 + 0x98, 3 + 0x80}));
        // Cut off in the middle of a character, and no character at all.
        EXPECT_EQ(t.encode("\xf0\x9f"), (Tokens{1, 259, 3 + 0xf0, 3 + 0x9f}));
        EXPECT_EQ(t.encode("\x80\xff"), (Tokens{1, 259, 3 + 0x80, 3 + 0xff}));
    }
}

// Bytes stand for characters that the vocabulary lacks; joining is over by then.
TEST(Tokenizer, BytesAreNotJoined) {
    for (const Form form : {Form::text, Form::raw}) {
        Vocabulary vocabulary = small_vocabulary(form);
        vocabulary.emplace_back("zz", -6);
        vocabulary.emplace_back("az", -7);
        vocabulary.emplace_back(byte_token('z', form) + byte_token('z', form), -8);
        Loaded t(file_of(vocabulary, 12), vocabulary.size());
        ASSERT_TRUE(t.ok) << t.failure.text;
        EXPECT_EQ(t.encode("zzaz"), (Tokens{1, 259, 3 + 'z', 3 + 'z', 260, 3 + 'z'}));
    }
}

TEST(Tokenizer, WithoutByteTokensTheUnknownOneStands) {
    Loaded t({{"<unk>", 0}, {"<s>", 0}, {"</s>", 0}, {"a", -1}, {"b", -2}, {"ab", -3}});
    EXPECT_FALSE(t.tokenizer.has_bytes);
    EXPECT_EQ(t.encode("abz"), (Tokens{1, 0, 5, 0}));
}

TEST(Tokenizer, TextIsNeverReadAsASpecialOrByteToken) {
    Vocabulary vocabulary = small_vocabulary(Form::text);
    for (const char character : "<0x41>\n/s"s) {
        const std::string text(1, character);
        bool known = false;
        for (const auto& piece : vocabulary) known = known || piece.first == text;
        if (!known) vocabulary.emplace_back(text, -30);
    }
    vocabulary.emplace_back("<0", -6);
    vocabulary.emplace_back("<0x", -6);
    vocabulary.emplace_back("<0x4", -6);
    vocabulary.emplace_back("<0x41", -6);
    Loaded t(vocabulary);
    for (const uint32_t token : t.encode("<0x41>\n<s>\n")) {
        EXPECT_TRUE(token == 1 || token >= 259) << token;
    }
}

TEST(Tokenizer, DecodesWhatItEncoded) {
    std::mt19937 random(1);
    for (const Form form : {Form::text, Form::raw, Form::utf8}) {
        Loaded t(small_vocabulary(form));
        for (int i = 0; i < 300; ++i) {
            std::string text(random() % 40, ' ');
            for (char& c : text) {
                c = random() % 2 == 0 ? "abc "[random() % 4]
                                      : static_cast<char>(1 + random() % 255);
            }
            EXPECT_EQ(t.decode(t.encode(text)), text);
        }
    }
}

TEST(Tokenizer, TheSpaceBeforeATextIsDroppedOnlyAtItsBegin) {
    const Loaded t(small_vocabulary(Form::text));
    EXPECT_EQ(t.decode({1, 265, 265}), "a a");
    EXPECT_EQ(t.decode({1, 263}), "ab");
    EXPECT_EQ(t.decode({1, 259, 259}), " ");
    EXPECT_EQ(t.decode({1, 3, 3 + 'A'}), "\0A"s);
}

// Byte-pair encoding by its definition: look through all pairs, join the best, begin anew.
Tokens plain_encode(const Vocabulary& vocabulary, const std::string& text) {
    std::map<std::string, uint32_t> known;
    for (uint32_t token = 259; token < vocabulary.size(); ++token)
        known.emplace(vocabulary[token].first, token);
    std::vector<std::pair<std::string, uint32_t>> parts;
    for (const char character : " " + text) {
        const auto found = known.find(std::string(1, character));
        if (found != known.end())
            parts.emplace_back(*found);
        else
            parts.emplace_back("", 3 + static_cast<unsigned char>(character));
    }
    for (;;) {
        size_t best = parts.size();
        uint32_t joined = 0;
        for (size_t i = 0; i + 1 < parts.size(); ++i) {
            if (parts[i].first.empty() || parts[i + 1].first.empty()) continue;
            const auto found = known.find(parts[i].first + parts[i + 1].first);
            if (found == known.end()) continue;
            if (best == parts.size() ||
                vocabulary[found->second].second > vocabulary[joined].second) {
                best = i;
                joined = found->second;
            }
        }
        if (best == parts.size()) break;
        parts[best] = {vocabulary[joined].first, joined};
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
    Tokens tokens = {1};
    for (const auto& part : parts) tokens.push_back(part.second);
    return tokens;
}

Vocabulary vocabulary_of(const Bytes& bytes) {
    Vocabulary vocabulary;
    for (size_t at = 4; at < bytes.size();) {
        float score = 0;
        int32_t length = 0;
        std::memcpy(&score, bytes.data() + at, 4);
        std::memcpy(&length, bytes.data() + at + 4, 4);
        vocabulary.emplace_back(std::string(reinterpret_cast<const char*>(bytes.data() + at + 8),
                                            static_cast<size_t>(length)),
                                score);
        at += 8 + static_cast<size_t>(length);
    }
    return vocabulary;
}

TEST(Tokenizer, AgreesWithThePlainAlgorithm) {
    std::mt19937 random(2);
    for (uint64_t seed = 0; seed < 4; ++seed) {
        const Bytes bytes = kiln::model::random_tokenizer(600, kiln::model::ByteTokens::text, seed);
        const Vocabulary vocabulary = vocabulary_of(bytes);
        ASSERT_EQ(vocabulary.size(), 600U);
        Loaded t(bytes, 600);
        ASSERT_TRUE(t.ok) << t.failure.text;
        for (int i = 0; i < 50; ++i) {
            // Pieces of the vocabulary in a row, so that there is much to join.
            std::string text;
            while (text.size() < 60) text += vocabulary[259 + random() % 341].first;
            EXPECT_EQ(t.encode(text), plain_encode(vocabulary, text));
        }
    }
}

TEST(Tokenizer, TakesPromptsUpToItsLimit) {
    Loaded t(small_vocabulary(Form::text));
    const std::string longest(kMaxPrompt, 'z');
    EXPECT_EQ(t.encode(longest).size(), size_t{kMaxTokens});
    Tokens tokens(kMaxTokens);
    uint32_t count = 0;
    EXPECT_FALSE(
        tokenizer_encode(&t.tokenizer, (longest + "z").c_str(), tokens.data(), &count, &t.failure));
    EXPECT_EQ(t.failure.code, 2);
    EXPECT_STREQ(t.failure.text, "prompt: 1025 bytes, more than 1024");
}

TEST(Tokenizer, RefusesAnotherVocabulary) {
    const Vocabulary vocabulary = small_vocabulary(Form::text);
    EXPECT_EQ(refusal(file_of(vocabulary), 270),
              "tokenizer.bin: 269 tokens, but the model's vocabulary has 270");
    EXPECT_EQ(refusal(file_of(vocabulary), 268),
              "tokenizer.bin: 269 tokens, but the model's vocabulary has 268");
    EXPECT_EQ(refusal(file_of({{"a", 0}, {"b", 0}}), 2),
              "tokenizer.bin: 2 tokens leave none for text");
}

TEST(Tokenizer, RefusesEveryTruncation) {
    const Vocabulary vocabulary = small_vocabulary(Form::raw);
    Bytes bytes = file_of(vocabulary);
    while (!bytes.empty()) {
        bytes.pop_back();
        refusal(bytes, vocabulary.size());
    }
    EXPECT_EQ(refusal(bytes, 3), "tokenizer.bin: 0 bytes are no tokenizer");
}

TEST(Tokenizer, RefusesLengthsThatCannotBe) {
    const Vocabulary vocabulary = small_vocabulary(Form::text);
    EXPECT_EQ(refusal(file_of(vocabulary, 0), vocabulary.size()),
              "tokenizer.bin: the longest token has 0 bytes, not from 1 to 1024");
    EXPECT_EQ(refusal(file_of(vocabulary, -1), vocabulary.size()),
              "tokenizer.bin: the longest token has 4294967295 bytes, not from 1 to 1024");
    EXPECT_EQ(refusal(file_of(vocabulary, 5), vocabulary.size()),
              "tokenizer.bin: token 2 has 6 bytes, more than the longest, 5");
    Bytes bytes = file_of(vocabulary);
    const int32_t negative = -1;
    std::memcpy(bytes.data() + 8, &negative, 4);
    EXPECT_EQ(refusal(bytes, vocabulary.size()),
              "tokenizer.bin: token 0 has 4294967295 bytes, more than the longest, 8");
}

}  // namespace
