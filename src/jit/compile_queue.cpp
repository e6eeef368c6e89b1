#include "jit/compile_queue.h"

#include <algorithm>
#include <csignal>
#include <new>
#include <pthread.h>
#include <sys/resource.h>
#include <utility>

#include "jit/late_threads.h"

namespace kiln {
namespace {

constexpr int kNice = 10;

// All signals are the other threads'.
void become(const char* name) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    pthread_setname_np(pthread_self(), name);
    // Where processors are short the guest goes first. (Linux takes 0 for the thread that asks.)
    setpriority(PRIO_PROCESS, 0, kNice);
}

// What `work` returns, or `otherwise` where there is no memory for it.
template <class F, class T>
T guarded(F work, T otherwise) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return otherwise;
    }
}

}  // namespace

// What the queue and its threads share. One thread loads what was kept, so that it need not wait
// until something else is compiled; the other compiles what is left, when nothing is to be loaded.
class CompileQueue::Work {
  public:
    explicit Work(std::shared_ptr<RegionBackend> made) : backend(std::move(made)) {}

    static bool is_worth_it(const CompileJob& job) { return job.heat >= job.least_heat; }
    bool is_idle() const {
        return released.empty() && !loads && !compiling && !has_to_load() &&
               std::ranges::none_of(waiting, is_worth_it);
    }
    void load_all();
    void compile_all();

    const std::shared_ptr<RegionBackend> backend;
    std::mutex mutex;  // of what follows
    std::condition_variable changed;
    std::condition_variable idle;
    std::vector<CompileJob> waiting;
    std::vector<native::Region*> released;
    std::vector<CompileResult> results;
    std::optional<u64> loading;  // a job's id; nothing where it was cancelled
    u64 more_heat = 0;           // of that job
    bool loads = false;
    bool compiling = false;
    bool ends = false;
    std::atomic<bool> has_results = false;
    // Nothing is compiled any more.
    const std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);

  private:
    using Lock = std::unique_lock<std::mutex>;

    bool has_to_load() const { return std::ranges::any_of(waiting, is_new); }
    bool has_to_compile() const {
        return !released.empty() ||
               (!loads && !has_to_load() && std::ranges::any_of(waiting, is_worth_it));
    }
    static bool is_new(const CompileJob& job) { return !job.looked_for; }
    CompileJob take_hottest(bool (*takes)(const CompileJob&));
    void load_one(Lock& lock);
    void release_all(Lock& lock);
    void compile_one(Lock& lock);
    void settle(CompileJob& job, native::Region* region);
    void tell();
};

CompileQueue::CompileQueue(std::shared_ptr<RegionBackend> backend)
    : work_(std::make_shared<Work>(std::move(backend))), has_results_(&work_->has_results) {}

CompileQueue::~CompileQueue() {
    if (!compiler_.joinable()) return;
    bool compiling;
    {
        const std::lock_guard lock(work_->mutex);
        work_->ends = true;
        work_->waiting.clear();
        compiling = work_->compiling;
    }
    work_->changed.notify_all();
    // It may use what the queue's owner has, and takes little time.
    loader_.join();
    if (compiling)
        leave_behind(std::move(compiler_), work_->done);
    else
        compiler_.join();
}

std::optional<u64> CompileQueue::add(CompileJob job) {
    std::optional<u64> dropped;
    {
        const std::lock_guard lock(work_->mutex);
        std::vector<CompileJob>& waiting = work_->waiting;
        waiting.push_back(std::move(job));
        if (waiting.size() + work_->loads > kMost) {
            // Of equally cold ones the newest goes.
            const auto coldest =
                std::min_element(waiting.rbegin(), waiting.rend(),
                                 [](const auto& a, const auto& b) { return a.heat < b.heat; });
            dropped = coldest->id;
            waiting.erase(std::next(coldest).base());
        }
    }
    if (!compiler_.joinable()) {
        loader_ = std::thread([work = work_] { work->load_all(); });
        compiler_ = std::thread([work = work_] { work->compile_all(); });
    }
    work_->changed.notify_all();
    return dropped;
}

void CompileQueue::heat_up(u64 id, u64 heat) {
    const std::lock_guard lock(work_->mutex);
    if (work_->loading == id) work_->more_heat += heat;
    const auto job = std::ranges::find(work_->waiting, id, &CompileJob::id);
    if (job == work_->waiting.end()) return;
    const bool waits = !Work::is_worth_it(*job);
    job->heat += heat;
    if (waits && Work::is_worth_it(*job)) work_->changed.notify_all();
}

void CompileQueue::cancel(u64 id) {
    const std::lock_guard lock(work_->mutex);
    std::erase_if(work_->waiting, [id](const CompileJob& job) { return job.id == id; });
    if (work_->loading == id) work_->loading.reset();
    if (work_->is_idle()) work_->idle.notify_all();
}

void CompileQueue::release(std::span<native::Region* const> regions) {
    {
        const std::lock_guard lock(work_->mutex);
        work_->released.insert(work_->released.end(), regions.begin(), regions.end());
    }
    work_->changed.notify_all();
}

std::vector<CompileResult> CompileQueue::take_results() {
    const std::lock_guard lock(work_->mutex);
    work_->has_results.store(false, std::memory_order_relaxed);
    return std::exchange(work_->results, {});
}

size_t CompileQueue::size() const {
    const std::lock_guard lock(work_->mutex);
    return work_->waiting.size() + (work_->loads ? 1 : 0) + (work_->compiling ? 1 : 0);
}

void CompileQueue::wait_until_idle() const {
    std::unique_lock lock(work_->mutex);
    work_->idle.wait(lock, [this] { return work_->is_idle(); });
}

CompileJob CompileQueue::Work::take_hottest(bool (*takes)(const CompileJob&)) {
    // Of equally hot ones the oldest comes first.
    auto hottest = waiting.end();
    for (auto job = waiting.begin(); job != waiting.end(); ++job)
        if (takes(*job) && (hottest == waiting.end() || job->heat > hottest->heat)) hottest = job;
    CompileJob taken = std::move(*hottest);
    waiting.erase(hottest);
    return taken;
}

void CompileQueue::Work::release_all(Lock& lock) {
    const std::vector<native::Region*> regions = std::exchange(released, {});
    lock.unlock();
    for (native::Region* region : regions) backend->release(*region);
    lock.lock();
}

void CompileQueue::Work::settle(CompileJob& job, native::Region* region) {
    results.push_back({job.id, region, std::move(job.region.entries)});
    has_results.store(true, std::memory_order_release);
}

void CompileQueue::Work::load_one(Lock& lock) {
    CompileJob job = take_hottest(is_new);
    loading = job.id;
    lock.unlock();
    native::Region* region = nullptr;
    const bool usable = guarded([&] { return !job.prepare || job.prepare(job.region); }, false);
    if (usable) region = guarded([&] { return backend->load(job.region, job.site); }, region);
    lock.lock();
    job.looked_for = true;
    job.heat += std::exchange(more_heat, 0);
    const bool wanted = std::exchange(loading, std::nullopt).has_value() && !ends;
    if (region != nullptr || (wanted && !usable))
        settle(job, region);
    else if (wanted)
        waiting.push_back(std::move(job));
}

void CompileQueue::Work::compile_one(Lock& lock) {
    CompileJob job = take_hottest(is_worth_it);
    // What was hot long ago is not in front of what is hot now.
    for (CompileJob& other : waiting) other.heat /= 2;
    lock.unlock();
    native::Region* none = nullptr;
    native::Region* region = guarded([&] { return backend->compile(job.region, job.site); }, none);
    lock.lock();
    settle(job, region);
}

// Something may be to be done for the other thread, or nothing for both.
void CompileQueue::Work::tell() {
    changed.notify_all();
    if (is_idle()) idle.notify_all();
}

void CompileQueue::Work::load_all() {
    become("kiln-load");
    Lock lock(mutex);
    for (;;) {
        changed.wait(lock, [this] { return ends || has_to_load(); });
        if (ends) return;
        loads = true;
        load_one(lock);
        loads = false;
        tell();
    }
}

void CompileQueue::Work::compile_all() {
    become("kiln-compile");
    Lock lock(mutex);
    for (;;) {
        changed.wait(lock, [this] { return ends || has_to_compile(); });
        if (ends) break;
        compiling = true;
        if (!released.empty())
            release_all(lock);
        else
            compile_one(lock);
        compiling = false;
        tell();
    }
    *done = true;
}

}  // namespace kiln
