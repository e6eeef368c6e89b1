// How the counts of a run are shown.
#pragma once

#include <string>

#include "machine/stats.h"

namespace kiln {

// A table for people: sums over all harts, and a line for each hart where there are several.
std::string format_stats(const RunStats& stats);

// The same as a JSON object, each hart's share included; docs/cli.md lists the keys.
std::string stats_to_json(const RunStats& stats);

}  // namespace kiln
