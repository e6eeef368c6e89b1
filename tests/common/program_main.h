// What the main functions of test programs have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fmt/format.h>

namespace kiln::test {

// Reads the options of `app`, then calls run(), which says whether all is as it should be. Returns
// the exit status: 0 for true, 1 for false, 2 for wrong usage, 3 for an exception, which is
// printed.
template <typename Run>
int program_main(CLI::App& app, int argc, char** argv, Run run) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return run() ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 3;
    }
}

}  // namespace kiln::test
