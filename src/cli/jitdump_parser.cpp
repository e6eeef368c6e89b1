#include "cli/jitdump_parser.h"

#include "cli/number.h"
#include "cli/option_value.h"

namespace kiln {
namespace {

constexpr std::array<std::pair<std::string_view, bool>, 2> kConsoles = {{
    {"stderr", true},
    {"none", false},
}};

}  // namespace

JitdumpParser::JitdumpParser(CLI::App& top, const BuildInfo& build)
    : app_(*top.add_subcommand("jitdump", "Run a guest and show its compiled code")),
      run_(app_, build) {
    add_value(app_, "--pc", "A", "Show the blocks that hold this address",
              [this](const std::string& text) { request_.pc = parse_number("--pc", text); });
    add_text(app_, "--symbol", "NAME", "Show the blocks of this function", request_.symbol);
    add_value(app_, "--hottest", "N", "Show the N hottest blocks", [this](const std::string& text) {
        request_.hottest = parse_number("--hottest", text, 1, UINT64_MAX);
    });
    add_value(app_, "--console", "stderr|none", "Where the guest's console goes (stderr)",
              [this](const std::string& text) {
                  request_.console = choose("--console", text, kConsoles);
              });
}

JitdumpRequest JitdumpParser::finish() {
    const auto given = [this](const char* option) { return app_.count(option) != 0; };
    if (given("--pc") + given("--symbol") + given("--hottest") > 1)
        throw UsageError("--pc, --symbol, --hottest: only one of them can be given");
    if (given("--dump-dtb")) throw UsageError("--dump-dtb: runs nothing; use kiln run");
    request_.config = run_.finish();
    return std::move(request_);
}

}  // namespace kiln
