#include "jit/compile_queue.h"

#include <algorithm>
#include <csignal>
#include <new>
#include <pthread.h>
#include <utility>

namespace kiln {
namespace {

// All signals are the other threads'.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

native::Region* compile(RegionBackend& backend, const CompileJob& job) {
    try {
        return backend.compile(job.region, job.site);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

}  // namespace

CompileQueue::~CompileQueue() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
        waiting_.clear();
    }
    added_.notify_all();
    if (thread_.joinable()) thread_.join();
}

std::optional<u64> CompileQueue::add(CompileJob job) {
    std::optional<u64> dropped;
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(job));
        if (waiting_.size() > kMost) {
            // Of equally cold ones the newest goes.
            const auto coldest =
                std::min_element(waiting_.rbegin(), waiting_.rend(),
                                 [](const auto& a, const auto& b) { return a.heat < b.heat; });
            dropped = coldest->id;
            waiting_.erase(std::next(coldest).base());
        }
        if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    }
    added_.notify_one();
    return dropped;
}

void CompileQueue::heat_up(u64 id, u64 heat) {
    const std::lock_guard lock(mutex_);
    const auto job = std::ranges::find(waiting_, id, &CompileJob::id);
    if (job != waiting_.end()) job->heat += heat;
}

void CompileQueue::cancel(u64 id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [id](const CompileJob& job) { return job.id == id; });
    if (!has_work() && !busy_) idle_.notify_all();
}

void CompileQueue::release(std::span<native::Region* const> regions) {
    {
        const std::lock_guard lock(mutex_);
        released_.insert(released_.end(), regions.begin(), regions.end());
    }
    added_.notify_one();
}

std::vector<CompileResult> CompileQueue::take_results() {
    const std::lock_guard lock(mutex_);
    has_results_.store(false, std::memory_order_relaxed);
    return std::exchange(results_, {});
}

size_t CompileQueue::size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size() + (busy_ ? 1 : 0);
}

void CompileQueue::wait_until_idle() const {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !has_work() && !busy_; });
}

CompileJob CompileQueue::take_hottest() {
    // Of equally hot ones the oldest comes first.
    const auto hottest = std::ranges::max_element(waiting_, {}, &CompileJob::heat);
    CompileJob job = std::move(*hottest);
    waiting_.erase(hottest);
    return job;
}

void CompileQueue::release_all(std::unique_lock<std::mutex>& lock) {
    const std::vector<native::Region*> regions = std::exchange(released_, {});
    lock.unlock();
    for (native::Region* region : regions) backend_.release(*region);
    lock.lock();
}

void CompileQueue::compile_one(std::unique_lock<std::mutex>& lock) {
    const CompileJob job = take_hottest();
    lock.unlock();
    native::Region* region = compile(backend_, job);
    lock.lock();
    results_.push_back({job.id, region});
    has_results_.store(true, std::memory_order_release);
}

void CompileQueue::work() {
    block_signals();
    pthread_setname_np(pthread_self(), "kiln-compile");
    std::unique_lock lock(mutex_);
    for (;;) {
        added_.wait(lock, [this] { return ends_ || has_work(); });
        if (ends_) return;
        busy_ = true;
        if (!released_.empty()) release_all(lock);
        if (!waiting_.empty()) compile_one(lock);
        busy_ = false;
        if (!has_work()) idle_.notify_all();
    }
}

}  // namespace kiln
