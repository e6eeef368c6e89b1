// The converter to int8 and the maker of random models.
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "model/describe.h"
#include "model/quantize.h"
#include "model/random_model.h"
#include "support/error.h"
#include "tinyllama_reference.h"
#include "tokenizer.h"

namespace {

using namespace kiln;
using kiln::test::Floats;
using kiln::test::Shape;
using kiln::test::Weights;

// Reads the int8 file from the front, by the format's description.
class Reader {
  public:
    explicit Reader(const model::Bytes& bytes) : bytes_(bytes) {}

    template <typename T>
    std::vector<T> take(size_t count) {
        std::vector<T> values(count);
        EXPECT_LE(at_ + count * sizeof(T), bytes_.size());
        std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(T));
        at_ += count * sizeof(T);
        return values;
    }
    void go_to(size_t at) { at_ = at; }
    bool at_end() const { return at_ == bytes_.size(); }

  private:
    const model::Bytes& bytes_;
    size_t at_ = 0;
};

void expect_matrix(Reader& reader, const Floats& weights, size_t first, size_t count,
                   size_t group) {
    const auto quantised = reader.take<int8_t>(count);
    const auto scales = reader.take<float>(count / group);
    for (size_t i = 0; i < count; ++i) {
        const double scale = scales[i / group];
        ASSERT_NEAR(quantised[i] * scale, weights[first + i], scale * 0.50001) << i;
    }
    for (size_t i = 0; i < count; i += group) {
        int largest = 0;
        for (size_t j = i; j < i + group; ++j) largest = std::max(largest, std::abs(quantised[j]));
        ASSERT_EQ(largest, 127);
    }
}

void expect_layers(Reader& reader, const Floats& weights, int layers, size_t group) {
    const size_t count = weights.size() / static_cast<size_t>(layers);
    for (size_t layer = 0; layer < static_cast<size_t>(layers); ++layer) {
        expect_matrix(reader, weights, layer * count, count, group);
    }
}

TEST(Quantize, WritesTheFormatWithWeightsWithinHalfAStep) {
    for (const bool shared : {true, false}) {
        const Weights w({32, 80, 2, 4, 2, 50, 16, shared}, 9);
        const model::Bytes file = w.file();
        const Checkpoint checkpoint = model::parse_model("m", file);
        const model::Bytes bytes = model::quantize("m", checkpoint, 64);
        Reader reader(bytes);
        EXPECT_EQ(reader.take<uint32_t>(2), (std::vector<uint32_t>{0x616b3432, 2}));
        EXPECT_EQ(reader.take<int32_t>(7), (std::vector<int32_t>{32, 80, 2, 4, 2, 50, 16}));
        EXPECT_EQ(reader.take<uint8_t>(1)[0], shared ? 1 : 0);
        // 64 and 32 do not divide 80.
        EXPECT_EQ(reader.take<int32_t>(1)[0], 16);
        reader.go_to(256);
        EXPECT_EQ(reader.take<float>(64), w.attention_norm);
        EXPECT_EQ(reader.take<float>(64), w.feed_forward_norm);
        EXPECT_EQ(reader.take<float>(32), w.final_norm);
        expect_layers(reader, w.embedding, 1, 16);
        for (const Floats* part :
             {&w.query, &w.key, &w.value, &w.output, &w.gate, &w.down, &w.up}) {
            expect_layers(reader, *part, 2, 16);
        }
        if (!shared) expect_layers(reader, w.classifier, 1, 16);
        EXPECT_TRUE(reader.at_end());
        const Checkpoint again = model::parse_model("q", bytes);
        EXPECT_EQ(again.group_size, 16U);
        EXPECT_EQ(again.shared_classifier, shared);
    }
}

TEST(Quantize, TheGroupSizeFallsBackByHalves) {
    const auto choose = [](uint32_t dim, uint32_t hidden_dim, uint32_t wanted) {
        return model::choose_group_size({dim, hidden_dim, 1, 1, 1, 1, 1}, wanted);
    };
    EXPECT_EQ(choose(128, 256, 64), 64U);
    EXPECT_EQ(choose(288, 768, 64), 32U);  // stories15M
    EXPECT_EQ(choose(180, 360, 90), 0U);   // 90 divides, but is no multiple of 4
    EXPECT_EQ(choose(36, 64, 64), 4U);
    EXPECT_EQ(choose(34, 64, 64), 0U);
}

TEST(Quantize, RefusesWhatItCannotConvert) {
    const Weights odd({10, 16, 1, 1, 1, 12, 8, true}, 1);
    const model::Bytes odd_file = odd.file();
    const Checkpoint checkpoint = model::parse_model("odd.bin", odd_file);
    try {
        model::quantize("odd.bin", checkpoint, 64);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(),
                     "odd.bin: no group size of 64 and its halves down to 4 divides dim "
                     "10 and hidden_dim 16");
    }
    const Weights even({16, 16, 1, 1, 1, 12, 8, true}, 1);
    const model::Bytes even_file = even.file();
    const model::Bytes small = model::quantize("m", model::parse_model("m", even_file), 64);
    EXPECT_THROW(model::quantize("m", model::parse_model("m", small), 64), InputError);
}

TEST(RandomModel, IsAModelThatDependsOnItsSeedOnly) {
    const Dimensions d = model::check_dimensions({64, 160, 2, 4, 2, 512, 256});
    for (const bool shared : {true, false}) {
        const model::Bytes bytes = model::random_model(d, shared, 1);
        const Checkpoint checkpoint = model::parse_model("m", bytes);
        EXPECT_EQ(checkpoint.shared_classifier, shared);
        EXPECT_EQ(checkpoint.dimensions.kv_heads, 2U);
        EXPECT_EQ(bytes, model::random_model(d, shared, 1));
        EXPECT_NE(bytes, model::random_model(d, shared, 2));
    }
}

TEST(RandomModel, RefusesDimensionsThatDoNotFit) {
    EXPECT_THROW(model::check_dimensions({64, 160, 2, 5, 5, 512, 256}), UsageError);
    EXPECT_THROW(model::check_dimensions({64, 160, 2, 4, 2, 100, 256}), UsageError);
    EXPECT_THROW(model::check_dimensions({64, 160, -2, 4, 2, 512, 256}), UsageError);
    EXPECT_THROW(model::check_dimensions({32768, 131072, 512, 4, 2, 512, 256}), UsageError);
}

TEST(Describe, CountsEveryWeightOnce) {
    const Weights w({32, 80, 2, 4, 2, 50, 16, false}, 9);
    const model::Bytes file = w.file();
    size_t count = 0;
    for (const Floats* part :
         {&w.embedding, &w.attention_norm, &w.query, &w.key, &w.value, &w.output,
          &w.feed_forward_norm, &w.gate, &w.down, &w.up, &w.final_norm, &w.classifier}) {
        count += part->size();
    }
    const std::string text = model::describe(model::parse_model("m", file));
    EXPECT_NE(text.find("weights: " + std::to_string(count) + "\n"), std::string::npos) << text;
    EXPECT_NE(text.find("kv_heads: 2\n"), std::string::npos);
    EXPECT_NE(text.find("classifier: its own\n"), std::string::npos);
}

}  // namespace
