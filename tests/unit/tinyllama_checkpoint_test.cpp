// Model files that are malformed in every way a header can be.
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "model/quantize.h"
#include "tinyllama_reference.h"

namespace {

using Bytes = std::vector<std::byte>;
using kiln::test::Weights;

constexpr size_t kDim = 0, kHiddenDim = 1, kLayers = 2, kHeads = 3, kKvHeads = 4, kVocabSize = 5,
                 kSeqLen = 6;
constexpr size_t kQuantisedFields = 8;  // bytes before them in the int8 format

Bytes float_file(bool shared = true) { return Weights({16, 24, 2, 4, 2, 20, 8, shared}, 1).file(); }

Bytes quantised_file() {
    const Bytes from = float_file();
    Checkpoint checkpoint{};
    Failure failure{};
    EXPECT_TRUE(checkpoint_parse(&checkpoint, "m", from.data(), from.size(), &failure));
    return kiln::model::quantize("m", checkpoint, 8);
}

void set(Bytes& bytes, size_t at, int32_t value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

Bytes float_file_with(size_t field, int32_t value) {
    Bytes bytes = float_file();
    set(bytes, 4 * field, value);
    return bytes;
}

Bytes quantised_file_with(size_t at, int32_t value) {
    Bytes bytes = quantised_file();
    set(bytes, at, value);
    return bytes;
}

// What parsing says; the file lies in a block of exactly its size, so that sanitizers see every
// access behind it.
std::string parse(const Bytes& bytes) {
    const std::unique_ptr<std::byte[]> exact(new std::byte[bytes.size()]);
    if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
    Checkpoint checkpoint{};
    Failure failure{};
    if (checkpoint_parse(&checkpoint, "model.bin", exact.get(), bytes.size(), &failure))
        return "ok";
    EXPECT_EQ(failure.code, 65);
    return failure.text;
}

TEST(Checkpoint, TakesBothFormats) {
    EXPECT_EQ(parse(float_file()), "ok");
    EXPECT_EQ(parse(float_file(false)), "ok");
    EXPECT_EQ(parse(quantised_file()), "ok");
}

TEST(Checkpoint, UsesWeightsWhereTheyLie) {
    const Weights weights({16, 24, 2, 4, 2, 20, 8, false}, 1);
    const Bytes bytes = weights.file();
    Checkpoint c{};
    Failure failure{};
    ASSERT_TRUE(checkpoint_parse(&c, "m", bytes.data(), bytes.size(), &failure));
    const Matrix up = checkpoint_matrix(&c.up, 1);
    EXPECT_EQ(up.rows, 24U);
    EXPECT_EQ(up.columns, 16U);
    EXPECT_EQ(std::memcmp(up.values, weights.up.data() + 24 * 16, 24 * 16 * 4), 0);
    EXPECT_EQ(std::memcmp(c.final_norm, weights.final_norm.data(), 16 * 4), 0);
    const Matrix classifier = checkpoint_matrix(&c.classifier, 0);
    EXPECT_EQ(std::memcmp(classifier.values, weights.classifier.data(), 20 * 16 * 4), 0);
}

TEST(Checkpoint, NamesTheDimensionThatIsAbsurd) {
    const struct {
        size_t field;
        int32_t value;
        const char* reason;
    } cases[] = {
        {kDim, 0, "model.bin: dim is 0, not from 1 to 32768"},
        {kDim, -16, "model.bin: dim is -16, not from 1 to 32768"},
        {kDim, 32769, "model.bin: dim is 32769, not from 1 to 32768"},
        {kHiddenDim, 1 << 30, "model.bin: hidden_dim is 1073741824, not from 1 to 131072"},
        {kLayers, 513, "model.bin: layers is 513, not from 1 to 512"},
        {kLayers, 0, "model.bin: layers is 0, not from 1 to 512"},
        {kHeads, 0, "model.bin: heads is 0, not from 1 to 4096"},
        {kHeads, 3, "model.bin: 3 heads do not divide dim 16"},
        {kHeads, 16, "model.bin: a head of 1 values, which is odd, cannot be rotated"},
        {kKvHeads, 0, "model.bin: kv_heads is 0, not from 1 to 4096"},
        {kKvHeads, 3, "model.bin: 3 kv_heads do not divide 4 heads"},
        {kKvHeads, 8, "model.bin: 8 kv_heads do not divide 4 heads"},
        {kVocabSize, 0, "model.bin: vocab_size is 0, not from 1 to 1048576"},
        {kVocabSize, std::numeric_limits<int32_t>::min(),
         "model.bin: vocab_size is -2147483648, not from 1 to 1048576"},
        {kVocabSize, std::numeric_limits<int32_t>::max(),
         "model.bin: vocab_size is 2147483647, not from 1 to 1048576"},
        {kSeqLen, 0, "model.bin: seq_len is 0, not from 1 to 32768"},
        {kSeqLen, -1, "model.bin: seq_len is -1, not from 1 to 32768"},
    };
    for (const auto& c : cases) EXPECT_EQ(parse(float_file_with(c.field, c.value)), c.reason);
    for (const auto& c : cases) {
        if (c.field == kVocabSize && c.value < 0) continue;
        EXPECT_EQ(parse(quantised_file_with(kQuantisedFields + 4 * c.field, c.value)), c.reason);
    }
}

TEST(Checkpoint, SaysHowLargeAModelOfTheHeaderWouldBe) {
    Bytes bytes = float_file();
    const int32_t largest[] = {32768, 131072, 512, 4096, 4096, 1048576, 32768};
    for (size_t i = 0; i < 7; ++i) set(bytes, 4 * i, largest[i]);
    // Per layer 4 squares of dim, 3 of dim by hidden_dim, 2 norms; the embedding, the last norm,
    // two tables of seq_len by 4.
    const uint64_t dim = 32768;
    const uint64_t floats =
        512 * (4 * dim * dim + 3 * dim * 131072 + 2 * dim) + 1048576 * dim + dim + 2 * 32768 * 4;
    EXPECT_EQ(parse(bytes), "model.bin: truncated: its header asks for " +
                                std::to_string(28 + 4 * floats) + " bytes, it has " +
                                std::to_string(bytes.size()));
}

TEST(Checkpoint, RefusesEveryTruncationAndBytesBehind) {
    for (Bytes bytes : {float_file(), float_file(false), quantised_file()}) {
        const size_t size = bytes.size();
        bytes.push_back(std::byte{0});
        EXPECT_EQ(parse(bytes), "model.bin: bytes behind the model: its header asks for " +
                                    std::to_string(size) + " bytes, it has " +
                                    std::to_string(size + 1));
        for (size_t length = size; length-- > 0;) {
            bytes.resize(length);
            const std::string reason = parse(bytes);
            EXPECT_TRUE(reason.find("truncated") != reason.npos ||
                        reason.find("too few for a header") != reason.npos)
                << length << ": " << reason;
        }
    }
}

TEST(Checkpoint, NamesWhatIsWrongInAnInt8Header) {
    EXPECT_EQ(parse(quantised_file_with(4, 1)),
              "model.bin: version 1 is none of 0 (fp32) and 2 (int8)");
    EXPECT_EQ(parse(quantised_file_with(4, -7)),
              "model.bin: version -7 is none of 0 (fp32) and 2 (int8)");
    Bytes bytes = quantised_file();
    bytes[36] = std::byte{2};
    EXPECT_EQ(parse(bytes), "model.bin: the shared classifier is 2, neither 0 nor 1");
    for (const int32_t size : {0, -8, 2, 6, std::numeric_limits<int32_t>::min()}) {
        EXPECT_EQ(parse(quantised_file_with(37, size)),
                  "model.bin: group size is " + std::to_string(size) + ", not a multiple of 4");
    }
    EXPECT_EQ(parse(quantised_file_with(37, 16)),
              "model.bin: group size 16 does not divide dim 16 and hidden_dim 24");
}

TEST(Checkpoint, ALongReasonIsCutAndNotWrittenBehindItsEnd) {
    Checkpoint checkpoint{};
    Failure failure{};
    const std::string name(500, 'x');
    EXPECT_FALSE(checkpoint_parse(&checkpoint, name.c_str(), "", 0, &failure));
    EXPECT_EQ(std::strlen(failure.text), sizeof failure.text - 1);
}

}  // namespace
