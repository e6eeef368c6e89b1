#include "random/system/comparison.h"

#include <algorithm>
#include <charconv>

#include "random/comparison.h"
#include "random/system/image.h"
#include "random/system/simplify.h"

namespace kiln::random_test {
namespace {

constexpr size_t kMostFindings = 3;  // that are made short; more are alike

// Puts the printed lines, "NUMBER STATE", into their places.
std::vector<std::optional<std::string>> in_order(const std::vector<std::string>& lines,
                                                 size_t count) {
    std::vector<std::optional<std::string>> ordered(count);
    for (const std::string& line : lines) {
        const size_t space = line.find(' ');
        size_t index = count;
        std::from_chars(line.data(), line.data() + std::min(space, line.size()), index, 16);
        if (space != std::string::npos && index < count) ordered[index] = line.substr(space + 1);
    }
    return ordered;
}

}  // namespace

SystemComparison::SystemComparison(std::vector<SystemLane> lanes, Options options,
                                   const std::atomic<bool>& stop)
    : lanes_(std::move(lanes)), options_(std::move(options)), stop_(stop) {}

std::vector<size_t> SystemComparison::lanes_for(Family family) const {
    std::vector<size_t> some;
    for (size_t i = 0; i < lanes_.size(); ++i)
        if (family == Family::kAny || lanes_[i].exact) some.push_back(i);
    return some;
}

std::vector<SystemComparison::Lines> SystemComparison::outputs(const std::vector<Trial>& trials,
                                                               const std::vector<size_t>& lanes,
                                                               bool dump) const {
    const riscv::Isa& isa = trials.front().isa;
    const size_t harts = trials.front().cases.size();
    const std::vector<u8> image =
        system_image(isa.xlen == 32 ? options_.harness_32 : options_.harness_64, trials, dump);
    std::vector<Emulator> emulators;
    for (const size_t lane : lanes) emulators.push_back(lanes_[lane].emulator(isa, harts));
    const std::vector<Output> printed =
        run_all(emulators, std::vector(lanes.size(), image), options_.folder, options_.seconds);
    std::vector<Lines> all;
    for (const Output& output : printed)
        all.push_back(in_order(output.lines, trials.size() * harts));
    return all;
}

// For each trial the first lane that differs from lanes.front(). A trial that does not end is
// judged, and the ones behind it run without it.
std::vector<std::optional<size_t>> SystemComparison::differing(const std::vector<Trial>& trials,
                                                               const std::vector<size_t>& lanes) {
    std::vector<std::optional<size_t>> found(trials.size());
    const size_t harts = trials.front().cases.size();
    for (size_t first = 0; first < trials.size() && !stop_;) {
        const std::vector<Trial> rest(trials.begin() + static_cast<std::ptrdiff_t>(first),
                                      trials.end());
        const std::vector<Lines> all = outputs(rest, lanes, false);
        size_t next = trials.size();
        for (size_t i = 0; i < rest.size() && next == trials.size(); ++i) {
            bool ended = false;
            for (size_t at = i * harts; at < (i + 1) * harts; ++at) {
                for (size_t lane = 0; lane < lanes.size(); ++lane) {
                    if (all[lane][at] != all[0][at] && !found[first + i])
                        found[first + i] = lanes[lane];
                    if (!all[lane][at]) next = first + i + 1;
                    ended = ended || all[lane][at];
                }
            }
            if (!ended) ++endless_;
        }
        first = next;
    }
    return found;
}

bool SystemComparison::differs(const Trial& trial, size_t lane) {
    return differing({trial}, {0, lane}).front().has_value();
}

std::vector<SystemFinding> SystemComparison::run(const std::vector<Trial>& trials) {
    const auto found = differing(trials, lanes_for(trials.front().family));
    std::vector<SystemFinding> findings;
    for (size_t i = 0; i < trials.size() && findings.size() < kMostFindings && !stop_; ++i) {
        if (!found[i]) continue;
        SystemFinding finding{*found[i], trials[i], 0, {}};
        if (differs(finding.trial, finding.lane)) {
            shorten(finding);
            look_closely(finding);
        }
        findings.push_back(std::move(finding));
    }
    if (stop_) findings.clear();
    return findings;
}

// Each step tries all simpler trials at once and takes the first that still differs.
void SystemComparison::shorten(SystemFinding& finding) {
    while (!stop_) {
        const std::vector<Trial> candidates = simpler(finding.trial);
        if (candidates.empty()) return;
        bool shortened = false;
        const size_t most = most_trials(finding.trial.cases.size());
        for (size_t first = 0; first < candidates.size() && !shortened; first += most) {
            const std::vector<Trial> some(
                candidates.begin() + static_cast<std::ptrdiff_t>(first),
                candidates.begin() +
                    static_cast<std::ptrdiff_t>(std::min(first + most, candidates.size())));
            const auto found = differing(some, {0, finding.lane});
            for (size_t i = 0; i < some.size() && !shortened; ++i) {
                // It must do so by itself, too.
                if (!found[i] || !differs(some[i], finding.lane)) continue;
                finding.trial = some[i];
                shortened = true;
            }
        }
        if (!shortened) return;
    }
}

void SystemComparison::look_closely(SystemFinding& finding) {
    const std::vector<Lines> all = outputs({finding.trial}, {0, finding.lane}, true);
    for (size_t hart = 0; hart < finding.trial.cases.size(); ++hart) {
        if (all[0][hart] == all[1][hart] || !all[0][hart] || !all[1][hart]) continue;
        finding.hart = hart;
        finding.differences = system_differences(*all[0][hart], *all[1][hart]);
        return;
    }
}

}  // namespace kiln::random_test
