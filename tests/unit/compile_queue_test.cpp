// Which region is compiled next, and what becomes of those that are not.
#include "jit/compile_queue.h"

#include <gtest/gtest.h>
#include <memory>
#include <semaphore>

#include "jit/late_threads.h"

namespace kiln {
namespace {

// Compiles when it is let; tells regions apart by their weight.
class SlowBackend final : public RegionBackend {
  public:
    std::string_view name() const override { return "slow"; }
    // Of what was kept: nothing but regions of this weight.
    native::Region* load(const ir::Region& region, const RegionSite&) override {
        return region.blocks.front().weight == kKept ? &regions_.emplace_back() : nullptr;
    }
    native::Region* compile(const ir::Region& region, const RegionSite&) override {
        began_.release();
        allowed_.acquire();
        order.push_back(region.blocks.front().weight);
        if (order.back() == kTooMuch) throw std::bad_alloc();
        return &regions_.emplace_back();
    }
    void release(native::Region& region) noexcept override { released.push_back(&region); }

    void allow(int count) { allowed_.release(count); }
    void wait_for_next() { began_.acquire(); }

    static constexpr u64 kTooMuch = 666;
    static constexpr u64 kKept = 777;
    std::vector<u64> order;  // in which they were compiled
    std::vector<const native::Region*> released;

  private:
    std::counting_semaphore<> began_{0};
    std::counting_semaphore<> allowed_{0};
    std::vector<native::Region> regions_ = [] {
        std::vector<native::Region> regions;
        regions.reserve(1000);
        return regions;
    }();
};

CompileJob job(u64 id, u64 heat) {
    CompileJob job{id, heat, {}, {}};
    job.region.blocks.push_back({.block = {}, .offset = 0, .weight = id});
    return job;
}

class Queue : public testing::Test {
  protected:
    // The thread is busy with job 1 from here on.
    void occupy() {
        EXPECT_EQ(queue_->add(job(1, 1)), std::nullopt);
        backend_->wait_for_next();
    }
    std::vector<u64> finish() {
        backend_->allow(1000);
        queue_->wait_until_idle();
        std::vector<u64> ids;
        for (const CompileResult& result : queue_->take_results()) ids.push_back(result.id);
        return ids;
    }

    std::shared_ptr<SlowBackend> backend_ = std::make_shared<SlowBackend>();
    std::unique_ptr<CompileQueue> queue_ = std::make_unique<CompileQueue>(backend_);
};

TEST_F(Queue, TheHottestComesFirst) {
    occupy();
    for (const u64 id : {2, 3, 4, 5}) queue_->add(job(id, id == 4 ? 100 : 10));
    EXPECT_EQ(queue_->size(), 5u);
    EXPECT_FALSE(queue_->has_results());
    EXPECT_EQ(finish(), (std::vector<u64>{1, 4, 2, 3, 5}));
    EXPECT_EQ(backend_->order, (std::vector<u64>{1, 4, 2, 3, 5}));
    EXPECT_EQ(queue_->size(), 0u);
    EXPECT_FALSE(queue_->has_results());
}

TEST_F(Queue, JobsBecomeHotter) {
    occupy();
    queue_->add(job(2, 10));
    queue_->add(job(3, 5));
    queue_->heat_up(3, 6);
    queue_->heat_up(77, 1000);
    EXPECT_EQ(finish(), (std::vector<u64>{1, 3, 2}));
}

// While another is compiled what waits counts less and less.
TEST_F(Queue, WhatWasHotLongAgoIsBehind) {
    occupy();
    queue_->add(job(2, 100));
    queue_->add(job(3, 60));
    backend_->allow(1);
    backend_->wait_for_next();
    queue_->add(job(4, 40));
    EXPECT_EQ(finish(), (std::vector<u64>{1, 2, 4, 3}));
}

TEST_F(Queue, WhatTakesLongWaitsUntilItIsHot) {
    CompileJob large = job(2, 10);
    large.least_heat = 100;
    queue_->add(std::move(large));
    queue_->add(job(3, 1));
    EXPECT_EQ(finish(), (std::vector<u64>{3}));
    EXPECT_EQ(queue_->size(), 1u);
    queue_->heat_up(2, 100);
    EXPECT_EQ(finish(), (std::vector<u64>{2}));
}

TEST_F(Queue, CancelledJobsAreNotCompiled) {
    occupy();
    queue_->add(job(2, 1));
    queue_->add(job(3, 2));
    queue_->cancel(2);
    queue_->cancel(1);
    EXPECT_EQ(finish(), (std::vector<u64>{1, 3}));
}

TEST_F(Queue, TheColdestGoesWhereThereAreTooMany) {
    occupy();
    constexpr u64 kLast = CompileQueue::kMost + 1;
    for (u64 id = 2; id < kLast; ++id) EXPECT_EQ(queue_->add(job(id, 100 + id % 7)), std::nullopt);
    // The last of them is loaded: it was looked for all.
    EXPECT_EQ(queue_->add(job(SlowBackend::kKept, 0)), std::nullopt);
    while (!queue_->has_results()) std::this_thread::yield();
    EXPECT_EQ(queue_->take_results().size(), 1u);
    EXPECT_EQ(queue_->add(job(kLast, 200)), std::nullopt);
    EXPECT_EQ(queue_->size(), CompileQueue::kMost + 1);
    // The newest of those with the least heat: 63 is the last that seven divides.
    EXPECT_EQ(queue_->add(job(1000, 300)), 63u);
    EXPECT_EQ(queue_->add(job(1001, 1)), 1001u);
    EXPECT_EQ(queue_->size(), CompileQueue::kMost + 1);
    const std::vector<u64> ids = finish();
    EXPECT_EQ(ids.size(), CompileQueue::kMost + 1);
    EXPECT_EQ(ids[1], 1000u);
}

TEST_F(Queue, ResultsSaySo) {
    queue_->add(job(1, 1));
    queue_->add(job(SlowBackend::kTooMuch, 1));
    backend_->allow(2);
    queue_->wait_until_idle();
    EXPECT_TRUE(queue_->has_results());
    const auto results = queue_->take_results();
    ASSERT_EQ(results.size(), 2u);
    EXPECT_NE(results[0].region, nullptr);
    // There was no memory for it.
    EXPECT_EQ(results[1].region, nullptr);
    EXPECT_FALSE(queue_->has_results());
    EXPECT_TRUE(queue_->take_results().empty());
}

// Memory is given back by the thread that compiles, in front of the next job.
TEST_F(Queue, ReleasesBetweenJobs) {
    queue_->add(job(1, 1));
    backend_->allow(1);
    queue_->wait_until_idle();
    native::Region* const region = queue_->take_results().front().region;
    backend_->wait_for_next();
    EXPECT_EQ(queue_->add(job(2, 1)), std::nullopt);
    backend_->wait_for_next();
    queue_->release(std::span(&region, 1));
    EXPECT_TRUE(backend_->released.empty());
    backend_->allow(1);
    queue_->wait_until_idle();
    EXPECT_EQ(backend_->released, (std::vector<const native::Region*>{region}));
}

// What waits is forgotten. What is under way is not waited for, and ends by itself.
TEST_F(Queue, EndsWithJobs) {
    occupy();
    for (u64 id = 2; id < 10; ++id) queue_->add(job(id, 1));
    queue_.reset();
    EXPECT_TRUE(has_late_threads());
    EXPECT_TRUE(backend_->order.empty());
    // The thread has it, too.
    EXPECT_GT(backend_.use_count(), 1);
    backend_->allow(1);
    wait_for_late_threads();
    EXPECT_FALSE(has_late_threads());
    EXPECT_EQ(backend_->order, (std::vector<u64>{1}));
    EXPECT_EQ(backend_.use_count(), 1);
}

// However many queues end so, the threads stay few: the oldest is waited for.
TEST_F(Queue, FewThreadsAreLeftBehind) {
    constexpr int kQueues = 5;
    std::vector<std::shared_ptr<SlowBackend>> backends;
    for (int i = 0; i < kQueues; ++i) {
        backend_ = backends.emplace_back(std::make_shared<SlowBackend>());
        queue_ = std::make_unique<CompileQueue>(backend_);
        occupy();
        if (i >= 2) backends[static_cast<size_t>(i) - 2]->allow(1);
        queue_.reset();
        for (int ended = 0; ended <= i - 2; ++ended)
            EXPECT_EQ(backends[static_cast<size_t>(ended)]->order.size(), 1u);
    }
    for (auto& backend : backends) backend->allow(1);
    wait_for_late_threads();
}

// Some of the work is the other thread's, but the owner's data may be used for it.
TEST_F(Queue, JobsArePrepared) {
    const auto main_thread = std::this_thread::get_id();
    CompileJob late = job(1, 1);
    late.prepare = [&](ir::Region& region) {
        EXPECT_NE(std::this_thread::get_id(), main_thread);
        region.blocks.front().weight = 17;
        region.entries = {0};
        return true;
    };
    queue_->add(std::move(late));
    CompileJob useless = job(2, 1);
    useless.prepare = [](ir::Region&) { return false; };
    queue_->add(std::move(useless));
    CompileJob huge = job(3, 1);
    huge.prepare = [](ir::Region&) -> bool { throw std::bad_alloc(); };
    queue_->add(std::move(huge));
    backend_->allow(1);
    queue_->wait_until_idle();
    EXPECT_EQ(backend_->order, (std::vector<u64>{17}));
    const auto results = queue_->take_results();
    ASSERT_EQ(results.size(), 3u);
    for (const CompileResult& result : results) {
        EXPECT_EQ(result.region != nullptr, result.id == 1);
        EXPECT_EQ(result.entries.size(), result.id == 1 ? 1u : 0u);
    }
}

// What was kept does not wait until something else is compiled.
TEST_F(Queue, LoadsMeanwhile) {
    occupy();
    queue_->add(job(2, 100));
    queue_->add(job(SlowBackend::kKept, 1));
    while (!queue_->has_results()) std::this_thread::yield();
    const auto results = queue_->take_results();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].id, SlowBackend::kKept);
    EXPECT_NE(results[0].region, nullptr);
    EXPECT_EQ(finish(), (std::vector<u64>{1, 2}));
}

TEST_F(Queue, WaitsForWhatPreparesAJob) {
    std::binary_semaphore began(0), allowed(0);
    std::atomic<bool> done = false;
    CompileJob slow = job(1, 1);
    slow.prepare = [&](ir::Region&) {
        began.release();
        allowed.acquire();
        done = true;
        return true;
    };
    queue_->add(std::move(slow));
    began.acquire();
    std::thread other([&] { allowed.release(); });
    queue_.reset();
    EXPECT_TRUE(done);
    other.join();
    // It may have been compiled by then.
    backend_->allow(1);
    wait_for_late_threads();
}

TEST_F(Queue, EndsWithoutJobs) {
    queue_.reset();
    EXPECT_TRUE(backend_->order.empty());
}

}  // namespace
}  // namespace kiln
