// The choice of tokens: exact where it is determined, by distribution where it is random. Seeds are
// fixed, so no test depends on chance.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "sampler.h"

namespace {

class Loaded {
  public:
    Loaded(uint32_t size, float temperature, float top_p, uint64_t seed) {
        EXPECT_TRUE(sampler_create(&sampler, size, temperature, top_p, seed, &failure));
    }
    ~Loaded() { sampler_destroy(&sampler); }
    Loaded(const Loaded&) = delete;
    Loaded& operator=(const Loaded&) = delete;

    uint32_t next(std::vector<float> logits) { return sampler_next(&sampler, logits.data()); }

    Sampler sampler{};
    Failure failure{};
};

std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
    std::vector<double> p;
    double sum = 0;
    for (const float logit : logits) p.push_back(std::exp(logit / temperature));
    for (const double x : p) sum += x;
    for (double& x : p) x /= sum;
    return p;
}

// How far draws are from what is expected: the sum over tokens of (n - e)^2 / e. For k tokens its
// mean is k - 1, its deviation sqrt(2 (k - 1)).
double chi_square(Loaded& sampler, const std::vector<float>& logits, const std::vector<double>& p) {
    constexpr int kDraws = 100000;
    std::vector<int> counts(logits.size());
    for (int i = 0; i < kDraws; ++i) ++counts[sampler.next(logits)];
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i) {
        if (p[i] == 0) {
            EXPECT_EQ(counts[i], 0) << i;
            continue;
        }
        const double expected = kDraws * p[i];
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    return sum;
}

const std::vector<float> kLogits = {1.0F, 2.0F, 0.5F, -1.0F, 2.5F, 0.0F};

TEST(Sampler, TheGeneratorIsSplitMix64) {
    // First outputs for the seed 1234567: the test values published with the algorithm.
    const uint64_t expected[] = {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                 4593380528125082431U, 16408922859458223821U};
    Loaded sampler(1, 1, 0, 1234567);
    for (const uint64_t number : expected) {
        EXPECT_EQ(sampler_random(&sampler.sampler), static_cast<double>(number >> 40) / 16777216);
    }
}

TEST(Sampler, TemperatureZeroTakesTheFirstOfTheLikeliest) {
    Loaded sampler(5, 0, 0.9F, 1);
    EXPECT_EQ(sampler.next({0, 3, 1, 3, 2}), 1U);
    EXPECT_EQ(sampler.next({-5, -3, -1, -3, -2}), 2U);
}

TEST(Sampler, FollowsTheProbabilities) {
    for (const float temperature : {0.5F, 1.0F, 2.0F}) {
        Loaded sampler(6, temperature, 1, 2);
        // Mean 5, deviation 3.2: beyond 5 + 4 * 3.2 something is wrong.
        EXPECT_LT(chi_square(sampler, kLogits, softmax(kLogits, temperature)), 18);
    }
}

TEST(Sampler, TheTestOfTheDistributionCanFail) {
    Loaded sampler(6, 1, 1, 2);
    EXPECT_GT(chi_square(sampler, kLogits, softmax(kLogits, 1.1)), 18);
}

TEST(Sampler, TopPKeepsTheLikeliestThatReachIt) {
    // 0.47, 0.28, 0.10, 0.064, 0.039, 0.014: 0.8 is reached by the first three.
    std::vector<double> p = softmax(kLogits, 1);
    const double kept = p[4] + p[1] + p[0];
    ASSERT_GT(kept, 0.8);
    ASSERT_LT(p[4] + p[1], 0.8);
    p = {p[0] / kept, p[1] / kept, 0, 0, p[4] / kept, 0};
    Loaded sampler(6, 1, 0.8F, 3);
    EXPECT_LT(chi_square(sampler, kLogits, p), 2 + 4 * 2);
}

TEST(Sampler, ATinyTopPIsGreedy) {
    Loaded sampler(6, 1, 1e-6F, 4);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(sampler.next(kLogits), 4U);
}

// 0.17 each: less than what one of the others may have.
TEST(Sampler, ATinyTopPIsGreedyAmongNearlyEqualTokens) {
    Loaded sampler(6, 1, 1e-6F, 4);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(sampler.next({1, 1, 1, 1.01F, 1, 1}), 3U);
}

TEST(Sampler, ATinyTemperatureIsGreedy) {
    Loaded sampler(6, 1e-30F, 0.9F, 5);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(sampler.next(kLogits), 4U);
}

TEST(Sampler, EqualProbabilitiesAreCutByTheirNumber) {
    // 0.25 each: 0.6 is reached by three.
    Loaded sampler(4, 1, 0.6F, 6);
    EXPECT_LT(chi_square(sampler, {1, 1, 1, 1}, {1 / 3.0, 1 / 3.0, 1 / 3.0, 0}), 2 + 4 * 2);
}

TEST(Sampler, EqualSeedsChooseAlike) {
    Loaded a(6, 1, 0.9F, 7);
    Loaded b(6, 1, 0.9F, 7);
    Loaded c(6, 1, 0.9F, 8);
    int different = 0;
    for (int i = 0; i < 1000; ++i) {
        const uint32_t token = a.next(kLogits);
        EXPECT_EQ(b.next(kLogits), token);
        different += c.next(kLogits) != token;
    }
    EXPECT_GT(different, 100);
}

TEST(Sampler, WhatIsNoNumberGivesSomeToken) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float top_p : {0.0F, 0.5F}) {
        for (const float value : {nan, infinity, -infinity}) {
            Loaded sampler(3, 1, top_p, 9);
            for (int i = 0; i < 100; ++i) EXPECT_LT(sampler.next({value, value, value}), 3U);
        }
        Loaded one(1, 1, top_p, 9);
        EXPECT_EQ(one.next({2}), 0U);
    }
}

}  // namespace
