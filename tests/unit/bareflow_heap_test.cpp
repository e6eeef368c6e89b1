#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "heap.h"

namespace {

constexpr size_t kHeader = 16;

// A heap over memory of its own.
class HeapTest : public ::testing::Test {
  protected:
    void add(size_t size, size_t shift = 0) {
        memory_.push_back(std::make_unique<uint8_t[]>(size + shift));
        const auto start = reinterpret_cast<uintptr_t>(memory_.back().get()) + shift;
        ASSERT_TRUE(heap_add_range(&heap_, start, start + size));
    }
    void open() { heap_open(&heap_); }
    uint8_t* take(size_t size, size_t alignment = 16) {
        return static_cast<uint8_t*>(heap_allocate(&heap_, size, alignment));
    }
    // The largest block that can be had now.
    size_t largest() {
        size_t low = 0;
        size_t high = heap_.statistics.total;
        while (low < high) {
            const size_t middle = low + (high - low + 1) / 2;
            void* const block = take(middle);
            if (block) heap_free(&heap_, block);
            (block ? low : high) = block ? middle : middle - 1;
        }
        return low;
    }
    void expect_sound() { EXPECT_STREQ(heap_check(&heap_), nullptr); }
    void expect_fault(const char* part) {
        ASSERT_NE(heap_.fault, nullptr);
        EXPECT_NE(std::strstr(heap_.fault, part), nullptr) << heap_.fault;
    }

    Heap heap_{};
    std::vector<std::unique_ptr<uint8_t[]>> memory_;
};

TEST_F(HeapTest, EmptyHeapHasNothing) {
    EXPECT_EQ(take(1), nullptr);
    open();
    EXPECT_EQ(take(1), nullptr);
    EXPECT_EQ(heap_.fault, nullptr);
    expect_sound();
}

TEST_F(HeapTest, RefusesUselessRanges) {
    EXPECT_FALSE(heap_add_range(&heap_, 0x1000, 0x1000));
    EXPECT_FALSE(heap_add_range(&heap_, 0x2000, 0x1000));
    EXPECT_FALSE(heap_add_range(&heap_, 0x1008, 0x1030));
    add(4096);
    open();
    EXPECT_FALSE(heap_add_range(&heap_, 0x100000, 0x200000));
}

TEST_F(HeapTest, BlocksAreAlignedAndApart) {
    add(1 << 20, 5);
    open();
    std::map<uintptr_t, size_t> blocks;
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2)
        for (const size_t size : {0u, 1u, 15u, 16u, 17u, 100u}) {
            const auto address = reinterpret_cast<uintptr_t>(take(size, alignment));
            ASSERT_NE(address, 0u);
            EXPECT_EQ(address % std::max<size_t>(alignment, 16), 0u);
            blocks[address] = size;
        }
    uintptr_t end = 0;
    for (const auto& [address, size] : blocks) {
        EXPECT_GE(address, end + kHeader);
        end = address + size;
    }
    expect_sound();
}

TEST_F(HeapTest, RefusesImpossibleRequests) {
    add(1 << 16);
    open();
    for (const size_t size :
         {SIZE_MAX, SIZE_MAX - 16, SIZE_MAX / 2, size_t{1} << 35, size_t{65536}})
        EXPECT_EQ(take(size), nullptr) << size;
    for (const size_t alignment : {size_t{48}, SIZE_MAX, SIZE_MAX / 2 + 1, size_t{1} << 40})
        EXPECT_EQ(take(16, alignment), nullptr) << alignment;
    EXPECT_EQ(heap_.fault, nullptr);
    expect_sound();
}

TEST_F(HeapTest, GivesAllOfARangeInOnePiece) {
    add(1 << 20);
    open();
    EXPECT_EQ(take((1 << 20) - 2 * kHeader + 1), nullptr);
    uint8_t* const block = take((1 << 20) - 2 * kHeader);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(take(1), nullptr);
    EXPECT_TRUE(heap_free(&heap_, block));
    EXPECT_EQ(largest(), (1u << 20) - 2 * kHeader);
}

// The order in which three neighbours are freed does not matter: afterwards all is one piece.
TEST_F(HeapTest, JoinsNeighboursInEveryOrder) {
    add(1 << 16);
    open();
    const size_t whole = largest();
    std::vector<int> order = {0, 1, 2};
    do {
        uint8_t* blocks[] = {take(1000), take(2000), take(3000)};
        for (const int i : order) ASSERT_TRUE(heap_free(&heap_, blocks[i]));
        expect_sound();
        EXPECT_EQ(heap_.statistics.free_blocks, 1u);
        EXPECT_EQ(largest(), whole);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(HeapTest, DoesNotJoinAcrossRanges) {
    auto memory = std::make_unique<uint8_t[]>(1 << 16);
    const auto start = (reinterpret_cast<uintptr_t>(memory.get()) + 15) & ~uintptr_t{15};
    ASSERT_TRUE(heap_add_range(&heap_, start, start + 8192));
    ASSERT_TRUE(heap_add_range(&heap_, start + 8192, start + 32768));
    open();
    EXPECT_EQ(largest(), 32768 - 8192 - 2 * kHeader);
    EXPECT_EQ(heap_.statistics.free_blocks, 2u);
    expect_sound();
}

TEST_F(HeapTest, BlocksOfBootAreCutOneAfterAnother) {
    add(1 << 16);
    add(1 << 16);
    uint8_t* const first = take(100);
    uint8_t* const second = take(200);
    EXPECT_EQ(second, first + 112 + kHeader);
    uint8_t* const elsewhere = take(65000);
    uint8_t* const aligned = take(10, 4096);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned) % 4096, 0u);
    expect_sound();
    EXPECT_TRUE(heap_free(&heap_, second));
    expect_sound();
    open();
    expect_sound();
    for (uint8_t* block : {first, elsewhere, aligned}) EXPECT_TRUE(heap_free(&heap_, block));
    expect_sound();
    EXPECT_EQ(heap_.statistics.used, 0u);
    EXPECT_EQ(heap_.statistics.free_blocks, 2u);
}

TEST_F(HeapTest, GrowsAndShrinksInPlace) {
    add(1 << 16);
    open();
    uint8_t* const block = take(100);
    std::memset(block, 7, 100);
    EXPECT_EQ(heap_resize(&heap_, block, 10000), block);
    EXPECT_EQ(block[99], 7);
    EXPECT_EQ(heap_resize(&heap_, block, 50), block);
    EXPECT_EQ(heap_.statistics.used, 64 + kHeader);
    uint8_t* const wall = take(16);
    EXPECT_EQ(wall, block + 64 + kHeader);
    auto* const moved = static_cast<uint8_t*>(heap_resize(&heap_, block, 1000));
    ASSERT_NE(moved, nullptr);
    EXPECT_GT(moved, wall);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(moved[i], 7);
    EXPECT_EQ(heap_resize(&heap_, moved, 1 << 20), nullptr);
    EXPECT_EQ(moved[49], 7);
    expect_sound();
}

// --- What the program does wrong -----------------------------------------------------------------

TEST_F(HeapTest, FindsBlocksFreedTwice) {
    add(1 << 16);
    open();
    uint8_t* const block = take(100);
    take(100);
    EXPECT_TRUE(heap_free(&heap_, block));
    EXPECT_FALSE(heap_free(&heap_, block));
    expect_fault("free already");
    expect_sound();
}

TEST_F(HeapTest, FindsBlocksFreedTwiceThatWereJoined) {
    add(1 << 16);
    open();
    uint8_t* const before = take(100);
    uint8_t* const block = take(100);
    take(100);
    EXPECT_TRUE(heap_free(&heap_, before));
    EXPECT_TRUE(heap_free(&heap_, block));
    EXPECT_FALSE(heap_free(&heap_, block));
    expect_fault("free already");
}

TEST_F(HeapTest, FindsWhatIsNoBlock) {
    add(1 << 16);
    open();
    uint8_t* const block = take(1000);
    std::memset(block, 0, 1000);
    alignas(16) uint8_t elsewhere[64] = {};
    for (uint8_t* wrong : {block + 16, block + 1, elsewhere + 16, block + 2000,
                           reinterpret_cast<uint8_t*>(uintptr_t{16})}) {
        heap_.fault = nullptr;
        EXPECT_FALSE(heap_free(&heap_, wrong));
        expect_fault("not a block");
    }
    EXPECT_FALSE(heap_free(&heap_, heap_.ranges[0].last));
    EXPECT_TRUE(heap_free(&heap_, block));
}

// One byte beyond the end, whatever the size.
TEST_F(HeapTest, FindsOverruns) {
    add(1 << 16);
    open();
    for (size_t size = 1; size <= 64; ++size) {
        heap_.fault = nullptr;
        uint8_t* const block = take(size);
        take(16);
        const uint8_t kept = block[size];
        block[size] = static_cast<uint8_t>(kept ^ 1);
        EXPECT_NE(heap_check(&heap_), nullptr) << size;
        EXPECT_FALSE(heap_free(&heap_, block)) << size;
        expect_fault("beyond");
        EXPECT_EQ(heap_resize(&heap_, block, 5), nullptr);
        block[size] = kept;
        EXPECT_TRUE(heap_free(&heap_, block)) << size;
    }
    expect_sound();
}

TEST_F(HeapTest, FindsEachByteOfTheHeaderOverwritten) {
    add(1 << 16);
    open();
    uint8_t* const block = take(100);
    std::memset(block, block[100], 100);  // all bytes look like the guard
    for (size_t i = 1; i <= kHeader; ++i)
        for (int bit = 0; bit < 8; ++bit) {
            heap_.fault = nullptr;
            *(block - i) ^= static_cast<uint8_t>(1 << bit);
            EXPECT_FALSE(heap_free(&heap_, block)) << i;
            EXPECT_NE(heap_.fault, nullptr);
            EXPECT_NE(heap_check(&heap_), nullptr) << i;
            *(block - i) ^= static_cast<uint8_t>(1 << bit);
        }
    EXPECT_TRUE(heap_free(&heap_, block));
}

// Writing to a freed block destroys the links: no operation may follow them.
TEST_F(HeapTest, FindsWritesToFreedBlocks) {
    add(1 << 16);
    open();
    uint8_t* blocks[8];
    for (uint8_t*& block : blocks) block = take(100);
    for (const int i : {1, 3, 5}) heap_free(&heap_, blocks[i]);
    std::memset(blocks[3], 0x41, 16);
    EXPECT_NE(heap_check(&heap_), nullptr);
    EXPECT_FALSE(heap_free(&heap_, blocks[4]));
    expect_fault("damaged");
    heap_.fault = nullptr;
    for (int i = 0; i < 3 && !heap_.fault; ++i) take(100);
    expect_fault("damaged");
}

// A link that points to a free block, but not to the right one.
TEST_F(HeapTest, FindsLinksThatDisagree) {
    for (const size_t link : {0u, 1u}) {
        Heap& heap = heap_ = Heap{};
        add(1 << 16);
        open();
        uint8_t* blocks[8];
        for (uint8_t*& block : blocks) block = take(100);
        for (const int i : {1, 3, 5}) heap_free(&heap, blocks[i]);
        uint8_t* const wrong = blocks[3] - kHeader;
        std::memcpy(blocks[3] + link * sizeof wrong, &wrong, sizeof wrong);
        EXPECT_NE(heap_check(&heap), nullptr);
        for (int i = 0; i < 3 && !heap.fault; ++i) take(100);
        expect_fault("damaged");
    }
}

TEST_F(HeapTest, FindsAPredecessorThatDisagrees) {
    add(1 << 16);
    open();
    uint8_t* blocks[8];
    for (uint8_t*& block : blocks) block = take(100);
    for (const int i : {1, 3, 5}) heap_free(&heap_, blocks[i]);
    uint8_t* const wrong = blocks[1] - kHeader;  // the list goes 5, 3, 1: leave 3 out
    std::memcpy(blocks[5], &wrong, sizeof wrong);
    EXPECT_FALSE(heap_free(&heap_, blocks[2]));
    expect_fault("damaged");
}

TEST_F(HeapTest, KeepsTheFirstFault) {
    add(1 << 16);
    open();
    uint8_t* const block = take(100);
    heap_free(&heap_, block);
    heap_free(&heap_, block);
    const char* const first = heap_.fault;
    heap_free(&heap_, block + 8);
    EXPECT_EQ(heap_.fault, first);
}

// --- Against a model -----------------------------------------------------------------------------

struct Shadow {
    size_t size;
    uint8_t pattern;
};

class HeapTorture : public HeapTest, public ::testing::WithParamInterface<unsigned> {
  protected:
    size_t random_size() {
        const unsigned bits = static_cast<unsigned>(random_() % 17);
        return random_() % (size_t{1} << bits);
    }
    void fill(uint8_t* block, size_t size) {
        const auto pattern = static_cast<uint8_t>(random_());
        std::memset(block, pattern, size);
        model_[block] = {size, pattern};
    }
    void expect_pattern(const uint8_t* block, size_t size, uint8_t pattern) {
        for (size_t i = 0; i < size; ++i) ASSERT_EQ(block[i], pattern);
    }
    // No two blocks of the model overlap.
    void expect_apart() {
        const uint8_t* end = nullptr;
        for (const auto& [block, shadow] : model_) {
            ASSERT_GE(block, end);
            end = block + shadow.size;
        }
    }
    void allocate() {
        const size_t size = random_size();
        const size_t alignment = size_t{16} << random_() % 9;
        uint8_t* const block = take(size, alignment);
        if (!block) return;
        ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
        ASSERT_EQ(model_.count(block), 0u);
        fill(block, size);
    }
    std::map<uint8_t*, Shadow>::iterator any() {
        auto it = model_.begin();
        std::advance(it, random_() % model_.size());
        return it;
    }
    void release() {
        const auto it = any();
        expect_pattern(it->first, it->second.size, it->second.pattern);
        ASSERT_TRUE(heap_free(&heap_, it->first));
        model_.erase(it);
    }
    void resize() {
        const auto it = any();
        const auto [block, shadow] = *it;
        const size_t size = random_size();
        auto* const moved = static_cast<uint8_t*>(heap_resize(&heap_, block, size));
        if (!moved) return;
        expect_pattern(moved, std::min(size, shadow.size), shadow.pattern);
        model_.erase(it);
        fill(moved, size);
    }
    void step() {
        const unsigned choice = static_cast<unsigned>(random_() % 8);
        if (model_.empty() || choice < 4)
            allocate();
        else if (choice < 7)
            release();
        else
            resize();
    }

    std::mt19937 random_{GetParam()};
    std::map<uint8_t*, Shadow> model_;
};

TEST_P(HeapTorture, AgreesWithTheModel) {
    for (const size_t size : {1u << 20, 1u << 16, 3000u, 1u << 18}) add(size, random_() % 16);
    for (int i = 0; i < 20; ++i) allocate();
    open();
    for (int i = 0; i < 20000; ++i) {
        step();
        ASSERT_FALSE(HasFatalFailure());
        ASSERT_EQ(heap_.fault, nullptr);
        ASSERT_EQ(heap_.statistics.blocks, model_.size());
        if (i % 500 == 0) {
            ASSERT_STREQ(heap_check(&heap_), nullptr);
            expect_apart();
        }
    }
    while (!model_.empty()) release();
    expect_sound();
    EXPECT_EQ(heap_.statistics.used, 0u);
    EXPECT_EQ(heap_.statistics.free_blocks, 4u);
    EXPECT_GT(largest(), (1u << 20) - 64);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HeapTorture, ::testing::Range(1u, 7u));

}  // namespace
