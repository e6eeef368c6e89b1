#include "jit/late_threads.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace kiln {
namespace {

constexpr size_t kMost = 2;

struct LateThread {
    std::thread thread;
    std::shared_ptr<const std::atomic<bool>> done;
};

class LateThreads {
  public:
    ~LateThreads() { wait(); }
    void wait() {
        const std::lock_guard lock(mutex_);
        for (LateThread& late : threads_) late.thread.join();
        threads_.clear();
    }
    void add(LateThread late) {
        const std::lock_guard lock(mutex_);
        const auto ended = [](const LateThread& other) { return other.done->load(); };
        std::stable_partition(threads_.begin(), threads_.end(), ended);
        while (!threads_.empty() && (threads_.size() >= kMost || ended(threads_.front()))) {
            threads_.front().thread.join();
            threads_.erase(threads_.begin());
        }
        threads_.push_back(std::move(late));
    }
    bool any_runs() {
        const std::lock_guard lock(mutex_);
        return !std::ranges::all_of(threads_,
                                    [](const LateThread& late) { return late.done->load(); });
    }

  private:
    std::mutex mutex_;
    std::vector<LateThread> threads_;  // the oldest first
};

// Made when it is used first, so that it goes before what was there by then.
LateThreads& late_threads() {
    static LateThreads threads;
    return threads;
}

}  // namespace

void leave_behind(std::thread thread, std::shared_ptr<const std::atomic<bool>> done) {
    late_threads().add({std::move(thread), std::move(done)});
}

bool has_late_threads() { return late_threads().any_runs(); }

void wait_for_late_threads() { late_threads().wait(); }

}  // namespace kiln
