// Products and vector operations against the same in double precision. Bounds on rounding errors: a
// sum of n products is off by at most gamma(n) times the sum of their magnitudes (Higham, Accuracy
// and Stability of Numerical Algorithms, section 3.1).
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "float_math.h"
#include "matrix.h"
#include "vector.h"

namespace {

constexpr double kUnit = 0x1p-24;

double gamma(double n) { return n * kUnit / (1 - n * kUnit); }

std::vector<float> random_floats(std::mt19937& random, size_t count, float limit) {
    std::uniform_real_distribution<float> distribution(-limit, limit);
    std::vector<float> values(count);
    for (float& value : values) value = distribution(random);
    return values;
}

TEST(Matrix, FloatProductIsWithinTheErrorBoundOfASum) {
    std::mt19937 random(1);
    // Row counts around the block of rows that share loads, columns around the unrolled loop.
    for (const uint32_t rows : {1U, 3U, 4U, 5U, 8U, 33U}) {
        for (const uint32_t columns : {1U, 2U, 7U, 64U, 129U}) {
            const auto weights = random_floats(random, size_t{rows} * columns, 2);
            auto x = random_floats(random, columns, 3);
            std::vector<float> out(rows + 1, 42.0F);
            const Matrix matrix{rows, columns, 0, weights.data(), nullptr, nullptr};
            const Activation activation{x.data(), nullptr, nullptr};
            matrix_multiply(out.data(), &matrix, &activation);
            for (uint32_t row = 0; row < rows; ++row) {
                double sum = 0;
                double magnitudes = 0;
                for (uint32_t i = 0; i < columns; ++i) {
                    const double product = double{weights[row * columns + i]} * x[i];
                    sum += product;
                    magnitudes += std::abs(product);
                }
                EXPECT_NEAR(out[row], sum, gamma(columns) * magnitudes) << rows << 'x' << columns;
            }
            EXPECT_EQ(out[rows], 42.0F);
        }
    }
}

// The order of a sum is part of the result: equal bits on every target depend on it.
TEST(Matrix, FloatProductSumsFromTheFirstColumnOn) {
    std::vector<float> weights = {0x1p24F, 1.0F, 1.0F, -0x1p24F};
    weights.insert(weights.end(), {1.0F, 1.0F, 0x1p24F, -0x1p24F});
    std::vector<float> x(4, 1.0F);
    std::vector<float> out(2);
    const Matrix matrix{2, 4, 0, weights.data(), nullptr, nullptr};
    const Activation activation{x.data(), nullptr, nullptr};
    matrix_multiply(out.data(), &matrix, &activation);
    EXPECT_EQ(out[0], 0.0F);  // 2^24 + 1 rounds to 2^24, twice
    EXPECT_EQ(out[1], 2.0F);
}

struct Quantised {
    std::vector<float> values;
    std::vector<int8_t> quantised;
    std::vector<float> scales;
    Activation activation{};

    Quantised(std::vector<float> from, uint32_t group)
        : values(std::move(from)), quantised(values.size()), scales(values.size() / group) {
        activation = {values.data(), quantised.data(), scales.data()};
        activation_quantise(&activation, static_cast<uint32_t>(values.size()), group);
    }
};

TEST(Activation, IsWithinHalfAStepAndUsesTheWholeRange) {
    std::mt19937 random(2);
    for (const uint32_t group : {4U, 32U, 64U}) {
        const Quantised x(random_floats(random, size_t{group} * 5, 10), group);
        for (size_t i = 0; i < x.values.size(); ++i) {
            const double scale = x.scales[i / group];
            // Half a step, and the rounding of scale, inverse and product.
            EXPECT_NEAR(x.quantised[i] * scale, x.values[i], scale * (0.5 + 127 * 4 * kUnit));
        }
        for (size_t start = 0; start < x.values.size(); start += group) {
            int largest = 0;
            for (size_t i = start; i < start + group; ++i)
                largest = std::max(largest, std::abs(int{x.quantised[i]}));
            EXPECT_EQ(largest, 127);
        }
    }
}

TEST(Activation, RoundsTiesToEven) {
    // A largest value of 127 makes the scale 1.
    const Quantised x({127, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -2.5F, 3.4F}, 8);
    EXPECT_EQ(x.quantised, (std::vector<int8_t>{127, 0, 2, 2, 0, -2, -2, 3}));
}

TEST(Activation, ZerosAndWhatIsNearlyZeroBecomeZeros) {
    const Quantised x({0, 0, 0, 0, 1e-38F, -1e-40F, 0, 0}, 4);
    EXPECT_EQ(x.quantised, std::vector<int8_t>(8, 0));
    EXPECT_EQ(x.scales, std::vector<float>(2, 0.0F));
}

TEST(Matrix, QuantisedProductIsExactButForTheSumOfGroups) {
    std::mt19937 random(3);
    for (const uint32_t group : {4U, 16U, 32U}) {
        constexpr uint32_t kRows = 9;
        const uint32_t columns = group * 6;
        const Quantised weights(random_floats(random, size_t{kRows} * columns, 1), group);
        const Quantised x(random_floats(random, columns, 4), group);
        const Matrix matrix{
            kRows, columns, group, nullptr, weights.quantised.data(), weights.scales.data()};
        std::vector<float> out(kRows);
        matrix_multiply(out.data(), &matrix, &x.activation);
        for (uint32_t row = 0; row < kRows; ++row) {
            double sum = 0;
            double magnitudes = 0;
            for (uint32_t i = 0; i < columns; ++i) {
                const size_t at = size_t{row} * columns + i;
                const double product = double{weights.scales[at / group]} * weights.quantised[at] *
                                       x.scales[i / group] * x.quantised[i];
                sum += product;
                magnitudes += std::abs(product);
            }
            // Six groups, each rounded twice more.
            EXPECT_NEAR(out[row], sum, gamma(6 + 2) * magnitudes);
        }
    }
}

TEST(Matrix, CopiesARowOfEitherKind) {
    const std::vector<float> floats = {1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<float> out(4);
    const Matrix of_floats{2, 4, 0, floats.data(), nullptr, nullptr};
    matrix_copy_row(out.data(), &of_floats, 1);
    EXPECT_EQ(out, (std::vector<float>{5, 6, 7, 8}));
    const std::vector<int8_t> small = {1, -2, 3, -128, 5, 6, 7, 127};
    const std::vector<float> scales = {0.5F, 2.0F};
    const Matrix of_bytes{2, 4, 4, nullptr, small.data(), scales.data()};
    matrix_copy_row(out.data(), &of_bytes, 0);
    EXPECT_EQ(out, (std::vector<float>{0.5F, -1.0F, 1.5F, -64.0F}));
    matrix_copy_row(out.data(), &of_bytes, 1);
    EXPECT_EQ(out, (std::vector<float>{10, 12, 14, 254}));
}

TEST(Vector, RmsnormDividesByTheRootOfTheMeanSquare) {
    std::mt19937 random(4);
    const auto x = random_floats(random, 288, 5);
    const auto weight = random_floats(random, 288, 2);
    std::vector<float> out(288);
    vector_rmsnorm(out.data(), x.data(), weight.data(), 288);
    double squares = 0;
    for (const float value : x) squares += double{value} * value;
    const double scale = 1 / std::sqrt(squares / 288 + 1e-5);
    for (size_t i = 0; i < x.size(); ++i) {
        const double expected = weight[i] * scale * x[i];
        // The root halves the relative error of the sum of squares; six roundings follow.
        EXPECT_NEAR(out[i], expected, std::abs(expected) * (gamma(288) / 2 + gamma(6)));
    }
}

TEST(Vector, SoftmaxOfLargeNumbersDoesNotOverflow) {
    std::vector<float> x = {1000.0F, 1001.0F, 999.0F, -3e38F};
    vector_softmax(x.data(), 4);
    const double sum = std::exp(-1) + 1 + std::exp(-2);
    const double expected[] = {std::exp(-1) / sum, 1 / sum, std::exp(-2) / sum, 0};
    // Exponential functions are good to an ulp.
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], gamma(8)) << i;
}

TEST(Exponential, NextToZeroIsTheNearestFloat) {
    for (const float x :
         {0.0F, 1e-8F, 7e-8F, 1.1e-7F, 1.3e-7F, -1e-8F, -4e-8F, -1.1e-7F, -1.3e-7F}) {
        EXPECT_EQ(exponential(x), static_cast<float>(std::exp(double{x}))) << x;
    }
}

TEST(Vector, SwigluGatesBySigmoid) {
    std::vector<float> gate = {0.0F, 1.0F, -2.0F, 30.0F, -100.0F};
    const std::vector<float> before = gate;
    const std::vector<float> up = {3.0F, -1.5F, 4.0F, 2.0F, 1.0F};
    vector_swiglu(gate.data(), up.data(), 5);
    for (size_t i = 0; i < gate.size(); ++i) {
        const double expected = before[i] / (1 + std::exp(-double{before[i]})) * up[i];
        EXPECT_NEAR(gate[i], expected, std::abs(expected) * gamma(8) + 1e-37) << i;
    }
}

TEST(Vector, LargestIsTheFirstOfEquals) {
    const std::vector<float> x = {-1, 3, 2, 3};
    EXPECT_EQ(vector_largest(x.data(), 4), 1U);
    const std::vector<float> none(3, NAN);
    EXPECT_EQ(vector_largest(none.data(), 3), 0U);
}

TEST(Vector, AddAdds) {
    std::vector<float> x = {1, 2};
    const std::vector<float> y = {0.5F, -4};
    vector_add(x.data(), y.data(), 2);
    EXPECT_EQ(x, (std::vector<float>{1.5F, -2}));
}

}  // namespace
