// Where this process spends its time: a signal asks at short intervals of processor time.
#pragma once

#include <array>
#include <memory>

#include "support/int.h"

namespace kiln {

class HostSampler {
  public:
    HostSampler() = default;
    HostSampler(const HostSampler&) = delete;
    HostSampler& operator=(const HostSampler&) = delete;
    ~HostSampler() { stop(); }

    // Counts from now on. There is one sampler at a time that has started.
    void start();
    void stop();

    // Counts a sample: what the signal does with the address of the instruction under way.
    void take(u64 address) noexcept;
    // Samples in a block of code.
    u64 samples(u64 address, u64 bytes) const;
    // Samples, wherever they were.
    u64 all() const { return all_; }
    // Forgets those in a block of code.
    void forget(u64 address, u64 bytes) noexcept;

  private:
    // Pieces of compiled code share no grain.
    static constexpr u64 kGrain = 32;
    // Grains that can have samples, of native code and of Kiln's own; those beyond are not counted.
    static constexpr size_t kGrains = size_t{1} << 16;
    struct Count {
        u64 grain = 0;  // 0: free
        u64 samples = 0;
    };
    using Counts = std::array<Count, kGrains>;

    Count* find(u64 grain) const noexcept;
    template <class F>
    void for_each(u64 address, u64 bytes, F f) const;

    u64 all_ = 0;
    std::unique_ptr<Counts> counts_ = std::make_unique<Counts>();  // a hash table
};

}  // namespace kiln
