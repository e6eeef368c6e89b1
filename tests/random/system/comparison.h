// Runs trials on all lanes, finds those that differ from the first lane, and makes them short.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "random/state.h"
#include "random/system/lanes.h"

namespace kiln::random_test {

// A trial that a lane runs differently.
struct SystemFinding {
    size_t lane;
    Trial trial;
    size_t hart = 0;  // whose state differs
    // Empty: one of the two never came to the end of the trial, or it takes the trials before.
    std::vector<Difference> differences;
};

// The parts of two printed states that differ. Throws std::runtime_error where one is malformed.
std::vector<Difference> system_differences(std::string_view first, std::string_view second);

class SystemComparison {
  public:
    struct Options {
        std::vector<u8> harness_32, harness_64;
        std::string folder;     // for files
        unsigned seconds = 60;  // that a run may take
    };

    // Runs end early once `stop` is set; what they found then counts for nothing.
    SystemComparison(std::vector<SystemLane> lanes, Options options, const std::atomic<bool>& stop);

    // Runs trials of the same ISA, family and number of harts. At most one finding for a trial.
    std::vector<SystemFinding> run(const std::vector<Trial>& trials);

    const std::vector<SystemLane>& lanes() const { return lanes_; }
    // Trials that no lane came to the end of.
    u64 endless() const { return endless_; }

  private:
    // A line for each case: what it left; nullopt: it did not come to its end.
    using Lines = std::vector<std::optional<std::string>>;

    std::vector<size_t> lanes_for(Family family) const;
    std::vector<Lines> outputs(const std::vector<Trial>& trials, const std::vector<size_t>& lanes,
                               bool dump) const;
    std::vector<std::optional<size_t>> differing(const std::vector<Trial>& trials,
                                                 const std::vector<size_t>& lanes);
    bool differs(const Trial& trial, size_t lane);
    void shorten(SystemFinding& finding);
    void look_closely(SystemFinding& finding);

    std::vector<SystemLane> lanes_;
    Options options_;
    const std::atomic<bool>& stop_;
    u64 endless_ = 0;
};

}  // namespace kiln::random_test
