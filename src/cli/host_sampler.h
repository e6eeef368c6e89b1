// Where this process spends its time in native code: a signal asks at short intervals of processor
// time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "support/int.h"

namespace kiln {

class HostSampler {
  public:
    HostSampler() = default;
    HostSampler(const HostSampler&) = delete;
    HostSampler& operator=(const HostSampler&) = delete;
    ~HostSampler() { stop(); }

    // Counts for code in `memory` from now on. There is one sampler at a time that has started.
    void start(std::span<const std::byte> memory);
    void stop();

    // Counts a sample: what the signal does with the address of the instruction under way.
    void take(u64 address) noexcept {
        ++all_;
        if (address - begin_ < size_) ++counts_[(address - begin_) / kGrain];
    }
    // Samples in a block of code; 0 where it lies elsewhere, as regions do.
    u64 samples(u64 address, u64 bytes) const;
    // Samples, those outside native code too.
    u64 all() const { return all_; }
    // Forgets those in a block of code.
    void forget(u64 address, u64 bytes) noexcept;

  private:
    // Blocks share no grain.
    static constexpr u64 kGrain = 32;

    std::span<const u32> part(u64 address, u64 bytes) const;

    u64 begin_ = 0;
    u64 size_ = 0;
    u64 all_ = 0;
    std::vector<u32> counts_;  // by grain
};

}  // namespace kiln
