// Regions that wait to be compiled, the hottest first, and the thread that compiles them. Another
// one loads those whose code was kept, before that.
//
// A job holds all that it needs, so that the guest goes on meanwhile. What became of it is fetched
// by the thread that runs the guest, when that suits it. A job that is being compiled cannot be
// broken off: where the queue ends first, it ends by itself, and the backend with it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "jit/backend.h"

namespace kiln {

struct CompileJob {
    u64 id;
    u64 heat;  // the hottest job comes first
    ir::Region region;
    RegionSite site;
    // What is left to be done with the region first, by the other thread while the queue lives;
    // none: nothing is. False: it cannot be compiled.
    std::function<bool(ir::Region&)> prepare = nullptr;
    // What takes long to compile waits until it is as hot as this.
    u64 least_heat = 0;
    bool looked_for = false;  // the queue's: its code was not kept
};

struct CompileResult {
    u64 id;
    native::Region* region;                // nullptr: the backend did not compile it
    std::vector<ir::RegionIndex> entries;  // of the region
};

class CompileQueue {
  public:
    // Most jobs that wait.
    static constexpr size_t kMost = 64;

    explicit CompileQueue(std::shared_ptr<RegionBackend> backend);
    // Jobs that wait are forgotten, and the one that is being compiled is not waited for.
    ~CompileQueue();
    CompileQueue(const CompileQueue&) = delete;
    CompileQueue& operator=(const CompileQueue&) = delete;

    // Takes a job in. Where too many wait the coldest goes: returns its id, which may be the new
    // one's.
    std::optional<u64> add(CompileJob job);
    // A job, if it still waits, became hotter.
    void heat_up(u64 id, u64 heat);
    // A job is not wanted any more. If it is being compiled, its result comes all the same.
    void cancel(u64 id);

    // Regions to which nothing leads any more, of which the backend takes the memory back soon: it
    // would keep the guest waiting while it compiles.
    void release(std::span<native::Region* const> regions);

    // Whether there are results. Costs nothing.
    bool has_results() const noexcept { return has_results_->load(std::memory_order_acquire); }
    // Those since the last call.
    std::vector<CompileResult> take_results();
    // Jobs that wait or are being compiled.
    size_t size() const;
    // Returns when there are none that are hot enough, and nothing is left to be released.
    void wait_until_idle() const;

  private:
    class Work;
    std::shared_ptr<Work> work_;  // the threads have it, too
    const std::atomic<bool>* has_results_;
    // From the first job on.
    std::thread loader_;
    std::thread compiler_;
};

}  // namespace kiln
