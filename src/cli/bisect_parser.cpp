#include "cli/bisect_parser.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "cli/number.h"
#include "cli/option_value.h"

namespace kiln {

BisectParser::BisectParser(CLI::App& top, const BuildInfo& build)
    : app_(*top.add_subcommand("bisect", "Find the first difference between two backends")),
      run_(app_, build),
      build_(build) {
    request_.b = build.default_backend;
    add_value(app_, "--a", "NAME", "A backend (interp)",
              [this](const std::string& text) { request_.a = text; });
    add_value(app_, "--b", "NAME", "Another",
              [this](const std::string& text) { request_.b = text; });
    add_value(app_, "--step", "N", "Compare after each N instructions (10000000)",
              [this](const std::string& text) {
                  request_.step = parse_number("--step", text, 1, uint64_t{1} << 62);
              });
}

BisectRequest BisectParser::finish() {
    for (const char* option :
         {"--backend", "--clock", "--dump-dtb", "--gdb", "--hash-every", "--snapshot-at",
          "--state-hash", "--signature", "--audit", "--cache", "--cache-limit"})
        if (app_.count(option) != 0)
            throw UsageError(fmt::format("{}: cannot be used with bisect", option));
    for (const std::string& name : {request_.a, request_.b})
        if (std::ranges::find(build_.backends, name) == build_.backends.end())
            throw UsageError(fmt::format("bisect: '{}' is not one of: {}", name,
                                         fmt::join(build_.backends, ", ")));
    request_.config = run_.finish();
    return std::move(request_);
}

}  // namespace kiln
