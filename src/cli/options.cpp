#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/bisect_parser.h"
#include "cli/cache_parser.h"
#include "cli/disasm_parser.h"
#include "cli/jitdump_parser.h"
#include "cli/recording_parser.h"
#include "cli/resume_parser.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr const char* kHelpFooter =
    "Examples:\n"
    "  kiln run program.elf\n"
    "  kiln run --kernel vmlinux --initrd initramfs.cpio.gz --append console=ttyS0\n"
    "  kiln disasm program.elf --start 0x80000000 --count 20\n"
    "'kiln run --help' lists the options of a run; kiln(1) explains them.";

}  // namespace

Request parse_arguments(std::span<const std::string> arguments, const BuildInfo& build) {
    CLI::App app("Kiln runs a RISC-V machine on an x86-64 Linux host.", "kiln");
    app.get_formatter()->column_width(33);
    app.footer(kHelpFooter);
    const std::string version = fmt::format("kiln {}", build.version);
    app.set_version_flag("--version", version, "Print the version and leave");
    RunParser run(*app.add_subcommand("run", "Run a guest program or boot a guest system"), build);
    RecordParser record(app, build);
    ReplayParser replay(app, build);
    JitdumpParser jitdump(app, build);
    ResumeParser resume(app, build);
    BisectParser bisect(app, build);
    DisasmParser disasm(app);
    CacheParser cache(app);
    app.add_subcommand("info", "Show version, backends and host features");
    try {
        // CLI11 takes the arguments from the back.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        return TextRequest{app.help()};
    } catch (const CLI::CallForVersion&) {
        return TextRequest{version + "\n"};
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
    if (run.chosen()) return RunRequest{run.finish()};
    if (record.chosen()) return record.finish();
    if (replay.chosen()) return replay.finish();
    if (resume.chosen()) return resume.finish();
    if (bisect.chosen()) return bisect.finish();
    if (jitdump.chosen()) return jitdump.finish();
    if (disasm.chosen()) return disasm.finish();
    if (cache.chosen()) return cache.finish();
    if (app.got_subcommand("info")) return InfoRequest{};
    throw UsageError("no command given (see kiln --help)");
}

}  // namespace kiln
