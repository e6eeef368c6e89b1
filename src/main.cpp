#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <new>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/cache_command.h"
#include "cli/cache_folder.h"
#include "cli/commands.h"
#include "cli/error_line.h"
#include "cli/info.h"
#include "cli/options.h"
#include "devices/end_signals.h"
#include "jit/late_threads.h"
#include "support/error.h"

namespace kiln {
namespace {

int print(const std::string& text) {
    fmt::print("{}", text);
    return 0;
}

struct Dispatch {
    const BuildInfo& build;

    int operator()(const RunRequest& request) const { return run_command(request); }
    int operator()(const RecordRequest& request) const { return record_command(request); }
    int operator()(const ReplayRequest& request) const { return replay_command(request); }
    int operator()(const ResumeRequest& request) const { return resume_command(request); }
    int operator()(const BisectRequest& request) const { return bisect_command(request); }
    int operator()(const JitdumpRequest& request) const { return jitdump_command(request); }
    int operator()(const DisasmRequest& request) const { return disasm_command(request); }
    int operator()(const CacheRequest& request) const { return print(run_cache_command(request)); }
    int operator()(const InfoRequest&) const {
        return print(format_info(build, default_cache_folder()));
    }
    int operator()(const TextRequest& request) const { return print(request.text); }
};

int fail(std::string_view message, int code) {
    fmt::print(stderr, "{}", format_error_line(message));
    return code;
}

int run(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
        const BuildInfo build = build_info();
        return std::visit(Dispatch{build}, parse_arguments(arguments, build));
    } catch (const UsageError& error) {
        return fail(error.what(), kExitUsage);
    } catch (const InputError& error) {
        return fail(error.what(), kExitInput);
    } catch (const std::bad_alloc&) {
        return fail("the host is out of memory", kExitInternal);
    } catch (const std::exception& error) {
        return fail(fmt::format("internal error: {}", error.what()), kExitInternal);
    } catch (...) {
        return fail("internal error", kExitInternal);
    }
}

// All is done and written. What compiles for a guest that is gone is not waited for, and a signal
// that ended the run is what the process ends by, as its parent expects.
int finish(int code) {
    const int signal = EndSignals::caught();
    if (signal == 0 && !has_late_threads()) return code;
    std::fflush(nullptr);
    if (signal != 0) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
    std::_Exit(code);
}

}  // namespace
}  // namespace kiln

int main(int argc, char** argv) { return kiln::finish(kiln::run(argc, argv)); }
