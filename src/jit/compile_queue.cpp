#include "jit/compile_queue.h"

#include <algorithm>
#include <csignal>
#include <new>
#include <pthread.h>
#include <utility>

#include "jit/late_threads.h"

namespace kiln {
namespace {

// All signals are the other threads'.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

bool is_usable(CompileJob& job) {
    try {
        return job.prepare(job.region);
    } catch (const std::bad_alloc&) {
        return false;
    }
}

native::Region* compile(RegionBackend& backend, const CompileJob& job) {
    try {
        return backend.compile(job.region, job.site);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

}  // namespace

// What the queue and its thread share.
class CompileQueue::Work {
  public:
    explicit Work(std::shared_ptr<RegionBackend> made) : backend(std::move(made)) {}

    bool has_work() const { return !waiting.empty() || !released.empty(); }
    void run();

    std::shared_ptr<RegionBackend> backend;
    std::mutex mutex;  // of what follows
    std::condition_variable added;
    std::condition_variable idle;
    std::condition_variable prepared;
    std::vector<CompileJob> waiting;
    std::vector<native::Region*> released;
    std::vector<CompileResult> results;
    bool busy = false;
    bool preparing = false;
    bool ends = false;
    std::atomic<bool> has_results = false;
    std::atomic<bool> done = false;  // the thread ends

  private:
    CompileJob take_hottest();
    void release_all(std::unique_lock<std::mutex>& lock);
    void compile_one(std::unique_lock<std::mutex>& lock);
    bool prepare(CompileJob& job, std::unique_lock<std::mutex>& lock);
};

CompileQueue::CompileQueue(std::shared_ptr<RegionBackend> backend)
    : work_(std::make_shared<Work>(std::move(backend))), has_results_(&work_->has_results) {}

CompileQueue::~CompileQueue() {
    bool busy;
    {
        std::unique_lock lock(work_->mutex);
        work_->ends = true;
        work_->waiting.clear();
        work_->prepared.wait(lock, [this] { return !work_->preparing; });
        busy = work_->busy;
    }
    work_->added.notify_all();
    if (!thread_.joinable()) return;
    if (busy)
        leave_behind(std::move(thread_), {work_, &work_->done});
    else
        thread_.join();
}

std::optional<u64> CompileQueue::add(CompileJob job) {
    std::optional<u64> dropped;
    {
        const std::lock_guard lock(work_->mutex);
        std::vector<CompileJob>& waiting = work_->waiting;
        waiting.push_back(std::move(job));
        if (waiting.size() > kMost) {
            // Of equally cold ones the newest goes.
            const auto coldest =
                std::min_element(waiting.rbegin(), waiting.rend(),
                                 [](const auto& a, const auto& b) { return a.heat < b.heat; });
            dropped = coldest->id;
            waiting.erase(std::next(coldest).base());
        }
    }
    if (!thread_.joinable()) thread_ = std::thread([work = work_] { work->run(); });
    work_->added.notify_one();
    return dropped;
}

void CompileQueue::heat_up(u64 id, u64 heat) {
    const std::lock_guard lock(work_->mutex);
    const auto job = std::ranges::find(work_->waiting, id, &CompileJob::id);
    if (job != work_->waiting.end()) job->heat += heat;
}

void CompileQueue::cancel(u64 id) {
    const std::lock_guard lock(work_->mutex);
    std::erase_if(work_->waiting, [id](const CompileJob& job) { return job.id == id; });
    if (!work_->has_work() && !work_->busy) work_->idle.notify_all();
}

void CompileQueue::release(std::span<native::Region* const> regions) {
    {
        const std::lock_guard lock(work_->mutex);
        work_->released.insert(work_->released.end(), regions.begin(), regions.end());
    }
    work_->added.notify_one();
}

std::vector<CompileResult> CompileQueue::take_results() {
    const std::lock_guard lock(work_->mutex);
    work_->has_results.store(false, std::memory_order_relaxed);
    return std::exchange(work_->results, {});
}

size_t CompileQueue::size() const {
    const std::lock_guard lock(work_->mutex);
    return work_->waiting.size() + (work_->busy ? 1 : 0);
}

void CompileQueue::wait_until_idle() const {
    std::unique_lock lock(work_->mutex);
    work_->idle.wait(lock, [this] { return !work_->has_work() && !work_->busy; });
}

CompileJob CompileQueue::Work::take_hottest() {
    // Of equally hot ones the oldest comes first.
    const auto hottest = std::ranges::max_element(waiting, {}, &CompileJob::heat);
    CompileJob job = std::move(*hottest);
    waiting.erase(hottest);
    return job;
}

void CompileQueue::Work::release_all(std::unique_lock<std::mutex>& lock) {
    const std::vector<native::Region*> regions = std::exchange(released, {});
    lock.unlock();
    for (native::Region* region : regions) backend->release(*region);
    lock.lock();
}

// What prepares a job may use what the queue's owner has, which waits for it.
bool CompileQueue::Work::prepare(CompileJob& job, std::unique_lock<std::mutex>& lock) {
    if (!job.prepare) return true;
    preparing = true;
    lock.unlock();
    const bool usable = is_usable(job);
    lock.lock();
    preparing = false;
    prepared.notify_all();
    return usable;
}

void CompileQueue::Work::compile_one(std::unique_lock<std::mutex>& lock) {
    CompileJob job = take_hottest();
    native::Region* region = nullptr;
    if (prepare(job, lock) && !ends) {
        lock.unlock();
        region = compile(*backend, job);
        lock.lock();
    }
    results.push_back({job.id, region, std::move(job.region.entries)});
    has_results.store(true, std::memory_order_release);
}

void CompileQueue::Work::run() {
    block_signals();
    pthread_setname_np(pthread_self(), "kiln-compile");
    std::unique_lock lock(mutex);
    for (;;) {
        added.wait(lock, [this] { return ends || has_work(); });
        if (ends) break;
        busy = true;
        if (!released.empty()) release_all(lock);
        if (!waiting.empty()) compile_one(lock);
        busy = false;
        if (!has_work()) idle.notify_all();
    }
    // Nobody else uses it now.
    backend.reset();
    done = true;
}

}  // namespace kiln
