// The whole forward pass, and generation on top of it, against a reference in double precision.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "generate.h"
#include "hash.h"
#include "model.h"
#include "model/quantize.h"
#include "model/random_model.h"
#include "tinyllama_reference.h"
#include "tinyllama_test_runtime.h"

namespace {

using kiln::test::Doubles;
using kiln::test::Reference;
using kiln::test::Shape;
using kiln::test::Weights;
using Bytes = std::vector<std::byte>;

// A model that owns everything it needs.
struct Loaded {
    explicit Loaded(Bytes from, uint32_t positions = 32) : bytes(std::move(from)) {
        Failure failure{};
        EXPECT_TRUE(
            checkpoint_parse(&checkpoint, "model.bin", bytes.data(), bytes.size(), &failure))
            << failure.text;
        EXPECT_TRUE(model_create(&model, "model.bin", &checkpoint, positions, &failure))
            << failure.text;
    }
    ~Loaded() { model_destroy(&model); }
    Loaded(const Loaded&) = delete;
    Loaded& operator=(const Loaded&) = delete;

    std::vector<Doubles> run(const std::vector<uint32_t>& tokens) {
        std::vector<Doubles> all;
        for (uint32_t position = 0; position < tokens.size(); ++position) {
            const float* logits = model_forward(&model, tokens[position], position);
            all.emplace_back(logits, logits + checkpoint.dimensions.vocab_size);
        }
        return all;
    }

    Bytes bytes;
    Checkpoint checkpoint{};
    Model model{};
};

std::vector<uint32_t> some_tokens(const Shape& shape, size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<uint32_t> tokens(count);
    for (uint32_t& token : tokens)
        token = static_cast<uint32_t>(random()) % static_cast<uint32_t>(shape.vocab_size);
    return tokens;
}

size_t argmax(const Doubles& x) {
    return static_cast<size_t>(std::max_element(x.begin(), x.end()) - x.begin());
}

double root_mean_square(const Doubles& x) {
    double squares = 0;
    for (const double value : x) squares += value * value;
    return std::sqrt(squares / static_cast<double>(x.size()));
}

double difference(const Doubles& a, const Doubles& b) {
    Doubles d(a.size());
    for (size_t i = 0; i < a.size(); ++i) d[i] = a[i] - b[i];
    return root_mean_square(d) / root_mean_square(b);
}

const Shape kShapes[] = {
    {32, 80, 2, 4, 4, 96, 32, true},
    {48, 64, 3, 6, 2, 70, 32, false},  // grouped queries, a classifier of its own
    {24, 40, 1, 3, 1, 33, 32, true},   // one head of keys for all
    {8, 16, 2, 4, 2, 50, 32, false},   // heads of one pair
};

TEST(Model, AgreesWithTheReferenceInDoublePrecision) {
    for (const Shape& shape : kShapes) {
        const Weights weights(shape, 7);
        const auto tokens = some_tokens(shape, 32, 8);
        Loaded loaded(weights.file());
        const auto logits = loaded.run(tokens);
        const auto expected = Reference(weights).run(tokens);
        for (size_t position = 0; position < tokens.size(); ++position) {
            // Some hundred roundings of 2^-24 in a row, at random: about 10^-6.
            EXPECT_LT(difference(logits[position], expected[position]), 1e-5)
                << shape.dim << " at " << position;
            EXPECT_EQ(argmax(logits[position]), argmax(expected[position]));
        }
    }
    EXPECT_EQ(kiln::test::open_profiles, 0);
}

// The bound above must be able to fail: a rotation by one position too many, say, is far outside.
TEST(Model, TheReferenceTellsWrongPositionsApart) {
    const Shape& shape = kShapes[0];
    const Weights weights(shape, 7);
    auto tokens = some_tokens(shape, 8, 8);
    const auto expected = Reference(weights).run(tokens);
    std::swap(tokens[1], tokens[2]);
    Loaded loaded(weights.file());
    EXPECT_GT(difference(loaded.run(tokens)[7], expected[7]), 1e-3);
}

TEST(Model, AStoryStartsAnewAtPositionZero) {
    const Shape& shape = kShapes[1];
    const Weights weights(shape, 3);
    Loaded loaded(weights.file());
    const auto tokens = some_tokens(shape, 10, 4);
    const auto first = loaded.run(tokens);
    loaded.run(some_tokens(shape, 20, 5));
    EXPECT_EQ(loaded.run(tokens), first);
}

TEST(Model, FewerPositionsDoNotChangeTheResult) {
    const Shape& shape = kShapes[1];
    const Weights weights(shape, 3);
    const auto tokens = some_tokens(shape, 10, 4);
    Loaded all(weights.file(), 32);
    Loaded few(weights.file(), 10);
    EXPECT_EQ(all.run(tokens), few.run(tokens));
}

TEST(Model, TooLittleMemoryIsAClearError) {
    const Weights weights(kShapes[0], 1);
    Bytes bytes = weights.file();
    Checkpoint checkpoint{};
    Failure failure{};
    ASSERT_TRUE(checkpoint_parse(&checkpoint, "model.bin", bytes.data(), bytes.size(), &failure));
    // A cache of 2^50 bytes; no weight is looked at before it is refused.
    checkpoint.dimensions.layers = 1 << 20;
    checkpoint.dimensions.dim = 1 << 15;
    checkpoint.dimensions.heads = checkpoint.dimensions.kv_heads = 1;
    Model model{};
    EXPECT_FALSE(model_create(&model, "model.bin", &checkpoint, 1 << 13, &failure));
    EXPECT_EQ(failure.code, 71);
    EXPECT_NE(std::string(failure.text).find("model.bin: no room for the "), std::string::npos)
        << failure.text;
}

TEST(Model, Int8IsCloseToFloat) {
    for (const Shape& shape : kShapes) {
        const Weights weights(shape, 11);
        Loaded floats(weights.file());
        Loaded small(kiln::model::quantize("model.bin", floats.checkpoint, 64));
        const auto tokens = some_tokens(shape, 24, 12);
        const auto expected = floats.run(tokens);
        const auto logits = small.run(tokens);
        for (size_t position = 0; position < tokens.size(); ++position) {
            // A step of 1/127 of the largest in a group is off by 0.3 % of it at random, in weights
            // and activations of up to 15 products in a row.
            EXPECT_LT(difference(logits[position], expected[position]), 0.05) << position;
        }
    }
}

// --- Generation
// ---------------------------------------------------------------------------------------

struct Story {
    std::vector<uint32_t> tokens;  // as told
    std::vector<uint64_t> hashes;  // of the logits
    uint32_t vocab_size = 0;
};

Listener listener_of(Story& story) {
    return {&story,
            [](void* context, uint32_t, uint32_t, const float* logits) {
                auto& to = *static_cast<Story*>(context);
                to.hashes.push_back(hash_floats(logits, to.vocab_size));
            },
            [](void* context, uint32_t, uint32_t token) {
                static_cast<Story*>(context)->tokens.push_back(token);
            }};
}

class Generation : public testing::Test {
  protected:
    static constexpr uint32_t kPositions = 40;

    Generation()
        : loaded_(kiln::model::random_model({32, 64, 2, 4, 2, 400, 64}, true, 5), kPositions),
          tokenizer_bytes_(kiln::model::random_tokenizer(400, kiln::model::ByteTokens::text, 5)) {
        Failure failure{};
        EXPECT_TRUE(tokenizer_create(&tokenizer_, "tokenizer.bin", tokenizer_bytes_.data(),
                                     tokenizer_bytes_.size(), 400, &failure));
    }
    ~Generation() override { tokenizer_destroy(&tokenizer_); }

    Story tell(const std::string& prompt, float temperature, bool past_end = true) {
        Story story;
        story.vocab_size = 400;
        Sampler sampler{};
        Failure failure{};
        EXPECT_TRUE(sampler_create(&sampler, 400, temperature, 0.9F, 3, &failure));
        Generator generator{&loaded_.model,     &tokenizer_, &sampler,
                            listener_of(story), past_end,    {}};
        ok_ = generate(&generator, prompt.c_str(), &positions_, &failure_);
        sampler_destroy(&sampler);
        return story;
    }

    Loaded loaded_;
    Bytes tokenizer_bytes_;
    Tokenizer tokenizer_{};
    Failure failure_{};
    uint32_t positions_ = 0;
    bool ok_ = false;
};

TEST_F(Generation, TellsThePromptFirstAndThenTheLikeliestTokens) {
    const Story story = tell("abc de", 0);
    ASSERT_TRUE(ok_) << failure_.text;
    EXPECT_EQ(positions_, kPositions);
    ASSERT_EQ(story.tokens.size(), kPositions);
    uint32_t prompt[kMaxTokens];
    uint32_t count = 0;
    ASSERT_TRUE(tokenizer_encode(&tokenizer_, "abc de", prompt, &count, &failure_));
    std::vector<uint32_t> run(prompt, prompt + count);
    EXPECT_TRUE(std::equal(run.begin() + 1, run.end(), story.tokens.begin()));
    // From there on each is what the model finds likeliest after those before it.
    for (size_t i = count - 1; i + 1 < story.tokens.size(); ++i) {
        EXPECT_EQ(argmax(loaded_.run(run).back()), story.tokens[i]) << i;
        run.push_back(story.tokens[i]);
    }
}

TEST_F(Generation, EqualSeedsGiveEqualStories) {
    const Story first = tell("a", 1);
    const Story second = tell("a", 1);
    EXPECT_EQ(first.tokens, second.tokens);
    EXPECT_EQ(first.hashes, second.hashes);
    EXPECT_NE(first.tokens, tell("a", 0).tokens);
}

TEST_F(Generation, APromptThatFillsTheStoryIsTakenAndALongerOneIsNot) {
    // None of the digits is a piece, so each is one token, after begin and a space.
    const Story story = tell(std::string(kPositions - 2, '7'), 0);
    EXPECT_TRUE(ok_) << failure_.text;
    EXPECT_EQ(positions_, kPositions);
    tell(std::string(kPositions - 1, '7'), 0);
    EXPECT_FALSE(ok_);
    EXPECT_STREQ(failure_.text, "prompt: 41 tokens, more than the 40 of a story");
    EXPECT_EQ(positions_, 0U);
}

TEST_F(Generation, EndsWhereTheModelEndsIt) {
    // A final norm of zeros makes all logits zero: the first token, 0, is the likeliest.
    const Checkpoint& c = loaded_.checkpoint;
    const auto at = reinterpret_cast<const std::byte*>(c.final_norm) - loaded_.bytes.data();
    std::fill_n(loaded_.bytes.begin() + at, 32 * sizeof(float), std::byte{0});
    EXPECT_EQ(tell("", 0, false).tokens, std::vector<uint32_t>(kPositions, 0));
    // Now the end token's classifier row alone is not zero.
    loaded_.checkpoint.shared_classifier = false;
    std::vector<float> rows(400 * 32, 0.0F);
    loaded_.checkpoint.classifier.data = reinterpret_cast<const unsigned char*>(rows.data());
    const std::vector<float> ones(32, 1.0F);
    loaded_.checkpoint.final_norm = ones.data();
    const float* logits = model_forward(&loaded_.model, kTokenBegin, 0);
    EXPECT_EQ(logits[5], 0.0F);
    const float sign = loaded_.model.normed.values[0] > 0 ? 1.0F : -1.0F;
    rows[kTokenEnd * 32] = sign;
    EXPECT_TRUE(tell("", 0, false).tokens.empty());
    EXPECT_EQ(positions_, 1U);
}

}  // namespace
