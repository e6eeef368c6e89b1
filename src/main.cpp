#include <cstdio>
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

}  // namespace
}  // namespace kiln

int main(int argc, char** argv) {
    using namespace kiln;
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
