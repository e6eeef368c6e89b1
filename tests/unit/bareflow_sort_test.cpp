#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <vector>

#include "bareflow_host.h"

namespace {

size_t comparisons;

int compare_ints(const void* a, const void* b) {
    ++comparisons;
    const int left = *static_cast<const int*>(a);
    const int right = *static_cast<const int*>(b);
    return (left > right) - (left < right);
}

void expect_sorted(std::vector<int> items) {
    std::vector<int> expected = items;
    std::sort(expected.begin(), expected.end());
    comparisons = 0;
    bareflow_qsort(items.data(), items.size(), sizeof(int), compare_ints);
    EXPECT_EQ(items, expected);
}

TEST(BareflowSort, EverySmallSize) {
    std::mt19937 random(1);
    for (size_t size = 0; size < 200; ++size)
        for (int round = 0; round < 10; ++round) {
            std::vector<int> items(size);
            for (int& item : items) item = static_cast<int>(random() % (round % 2 ? 10 : 100000));
            expect_sorted(items);
        }
}

TEST(BareflowSort, EveryOrderOfSeven) {
    std::vector<int> items(7);
    std::iota(items.begin(), items.end(), 0);
    do expect_sorted(items);
    while (std::next_permutation(items.begin(), items.end()));
}

// Orders that make careless sorting quadratic.
TEST(BareflowSort, NeverManyComparisons) {
    const int size = 30000;
    std::vector<int> rising(size);
    std::iota(rising.begin(), rising.end(), 0);
    std::vector<int> falling(rising.rbegin(), rising.rend());
    std::vector<int> pipe = rising;
    std::reverse(pipe.begin() + size / 2, pipe.end());
    const std::vector<int> equal(size, 5);
    const auto most = static_cast<size_t>(1.5 * size * std::log2(size));
    for (const std::vector<int>& items : {rising, falling, pipe, equal}) {
        expect_sorted(items);
        EXPECT_LT(comparisons, most);
    }
}

size_t item_size;

int compare_bytes(const void* a, const void* b) { return std::memcmp(a, b, item_size); }

// Items of every size, at addresses of every alignment, are moved as a whole.
TEST(BareflowSort, ItemsOfAnySize) {
    std::mt19937 random(2);
    for (item_size = 1; item_size <= 40; ++item_size) {
        std::vector<std::string> items(50, std::string(item_size, ' '));
        for (std::string& item : items)
            for (char& byte : item) byte = static_cast<char>('a' + random() % 3);
        std::vector<char> memory(8);
        const size_t shift = random() % 8;
        memory.resize(shift);
        for (const std::string& item : items) memory.insert(memory.end(), item.begin(), item.end());
        bareflow_qsort(memory.data() + shift, items.size(), item_size, compare_bytes);
        std::sort(items.begin(), items.end());
        for (size_t i = 0; i < items.size(); ++i)
            EXPECT_EQ(std::string(memory.data() + shift + i * item_size, item_size), items[i]);
    }
    bareflow_qsort(nullptr, 10, 0, compare_bytes);
}

}  // namespace
