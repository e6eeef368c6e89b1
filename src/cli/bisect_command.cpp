#include <cstdio>
#include <fmt/format.h>

#include "cli/bisect_report.h"
#include "cli/commands.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr int kDifferent = 1;

}  // namespace

int bisect_command(const BisectRequest& request) {
    for (const DriveSpec& drive : request.config.drives)
        if (!drive.read_only)
            throw UsageError("bisect: goes back in time, which " + drive.file + " cannot; add ,ro");
    const auto found = find_divergence(request.config, request.a, request.b, request.step);
    if (!found) {
        fmt::print("{} and {} do the same\n", request.a, request.b);
        return 0;
    }
    fmt::print("{}", describe(request, *found));
    return kDifferent;
}

}  // namespace kiln
