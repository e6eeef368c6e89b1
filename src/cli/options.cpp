#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <utility>

#include "cli/gdb_address.h"
#include "cli/number.h"
#include "devices/board_virt.h"
#include "support/error.h"
#include "support/log.h"

namespace kiln {
namespace {

using Setter = std::function<void(const std::string&)>;

// The last one counts where an option is given twice, as in QEMU: scripts add to what they have.
CLI::Option* add_value(CLI::App& app, const std::string& name, const std::string& value,
                       const std::string& help, Setter set) {
    return app.add_option_function<std::string>(name, std::move(set), help)
        ->type_name(value)
        ->take_last();
}

CLI::Option* add_text(CLI::App& app, const std::string& name, const std::string& value,
                      const std::string& help, std::string& target) {
    return add_value(app, name, value, help, [&target, name](const std::string& text) {
        if (text.empty()) throw UsageError(fmt::format("{}: is empty", name));
        target = text;
    });
}

void set_load_address(uint64_t& target, const std::string& text) {
    target = parse_number("--load-address", text);
}

// Picks the entry that `text` names.
template <typename T, size_t N>
T choose(const char* option, const std::string& text,
         const std::array<std::pair<std::string_view, T>, N>& choices) {
    std::string names;
    for (const auto& [name, value] : choices) {
        if (name == text) return value;
        names += names.empty() ? "" : ", ";
        names += name;
    }
    throw UsageError(fmt::format("{}: '{}' is not one of: {}", option, text, names));
}

constexpr std::array<std::pair<std::string_view, ClockKind>, 2> kClocks = {{
    {"host", ClockKind::host},
    {"icount", ClockKind::icount},
}};
constexpr std::array<std::pair<std::string_view, PerfOutput>, 2> kPerf = {{
    {"map", PerfOutput::map},
    {"jitdump", PerfOutput::jitdump},
}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kConsoles = {{
    {"stderr", true},
    {"none", false},
}};
constexpr std::array<std::pair<std::string_view, unsigned>, 3> kGranularities = {{
    {"4", 4},
    {"8", 8},
    {"16", 16},
}};
// What native::CodeSpace takes.
constexpr uint64_t kSmallestCodeCache = uint64_t{2} << 20;
constexpr uint64_t kLargestCodeCache = uint64_t{1} << 30;
constexpr std::array<std::pair<std::string_view, bool>, 1> kMachines = {{{"virt", true}}};

// Which options of a run a command has.
enum class RunOptions {
    all,
    observing,  // what the guest does not notice
    resuming,   // and where it stops
};

constexpr const char* kExitStatuses =
    "Exit status: the guest's own; 124 instruction limit; 2 wrong usage;\n"
    "65 bad input; 70 internal error.";

// A command that runs a guest: the options of `run` write straight into the configuration.
class RunParser {
  public:
    RunParser(CLI::App& app, const BuildInfo& build, RunOptions options = RunOptions::all)
        : app_(app), build_(build), options_(options) {
        config_.backend = build.default_backend;
        if (options == RunOptions::all) add_guest_options();
        add_engine_options();
        add_report_options();
        add_hash_options();
        if (options == RunOptions::resuming) {
            add_limit();
            add_snapshot();
        } else {
            add_signature_options();
        }
    }

    bool chosen() const { return app_.parsed(); }
    MachineConfig finish();

  private:
    void add_guest_options() {
        app_.add_option_function<std::string>(
                "IMAGE", [this](const std::string& text) { config_.image = text; },
                "Program to start in M-mode: ELF or flat binary")
            ->type_name("");
        add_machine_options();
        add_boot_options();
        add_run_options();
        app_.footer(
            fmt::format("SIZE: a number with K, M, G or T; without one it counts MiB.\n"
                        "{} On the console, Ctrl-A x leaves.",
                        kExitStatuses));
    }
    void add_machine_options();
    void add_boot_options();
    void add_run_options();
    void add_engine_options();
    void add_report_options();
    void add_signature_options();
    void add_hash_options();
    void add_limit();
    void add_snapshot();
    void check_stops() const;
    void set_ram(const std::string& text);
    void set_bios(const std::string& text);
    void set_drives(const std::vector<std::string>& texts);
    void set_backend(const std::string& text);
    void set_code_cache(const std::string& text);
    void set_clock(const std::string& text);
    bool given(const char* option) const {
        const CLI::Option* known = app_.get_option_no_throw(option);
        return known != nullptr && known->count() != 0;
    }
    void require(const char* option, const char* other, bool present) const;
    void check_guest() const;
    void check_image() const;
    void check_something_to_run() const;

    CLI::App& app_;
    const BuildInfo& build_;
    RunOptions options_;
    MachineConfig config_;
};

void RunParser::add_machine_options() {
    add_value(app_, "--machine", "NAME", "Machine: virt (the default)",
              [](const std::string& text) { choose("--machine", text, kMachines); });
    add_text(app_, "--isa", "ISA", "Guest ISA, such as rv32imac (see kiln info)", config_.isa);
    add_value(app_, "--ram", "SIZE", "Guest RAM (512M)",
              [this](const std::string& text) { set_ram(text); });
    add_value(app_, "--smp", "N", fmt::format("Harts, 1 to {} (1)", virt::kMaxHarts),
              [this](const std::string& text) {
                  config_.harts =
                      static_cast<unsigned>(parse_number("--smp", text, 1, virt::kMaxHarts));
              });
    app_.add_option_function<std::vector<std::string>>(
            "--drive", [this](const std::vector<std::string>& texts) { set_drives(texts); },
            fmt::format("Raw disk image; may be repeated {} times", virt::kMaxDrives))
        ->type_name("FILE[,ro]")
        ->allow_extra_args(false);
}

void RunParser::add_boot_options() {
    add_value(app_, "--bios", "FILE|none|default", "Firmware (default: the installed OpenSBI)",
              [this](const std::string& text) { set_bios(text); });
    add_text(app_, "--kernel", "FILE", "Kernel for the firmware: Image, ELF or flat",
             config_.kernel);
    add_text(app_, "--initrd", "FILE", "Initial RAM disk of the kernel", config_.initrd);
    add_value(app_, "--append", "TEXT", "Command line of the kernel",
              [this](const std::string& text) { config_.append = text; });
    add_text(app_, "--dtb", "FILE", "Device tree instead of the machine's own", config_.dtb);
    add_text(app_, "--dump-dtb", "FILE", "Write the device tree and leave", config_.dump_dtb);
    add_value(app_, "--load-address", "A", "Where a flat IMAGE goes (0x80000000)",
              [this](const std::string& text) { set_load_address(config_.load_address, text); });
}

void RunParser::add_engine_options() {
    add_value(app_, "--backend", "NAME", "Engine (see kiln info)",
              [this](const std::string& text) { set_backend(text); });
    add_value(app_, "--tier-up", "N", "Compile blocks entered N times (1000)",
              [this](const std::string& text) {
                  config_.tier_up = parse_number("--tier-up", text, 0, UINT32_MAX);
              });
    add_value(app_, "--code-cache", "SIZE", "Memory for compiled code (64M)",
              [this](const std::string& text) { set_code_cache(text); });
    app_.add_flag("--audit", config_.audit, "Check compiled code against the interpreter")
        ->disable_flag_override();
}

void RunParser::add_run_options() {
    add_value(app_, "--clock", "host|icount[:N]", "Guest time: wall's, instructions (N a us, 1000)",
              [this](const std::string& text) { set_clock(text); });
    add_limit();
    add_snapshot();
}

void RunParser::add_signature_options() {
    add_text(app_, "--signature", "FILE", "Write the test signature of IMAGE", config_.signature);
    add_value(app_, "--signature-granularity", "4|8|16", "Bytes on a signature line (4)",
              [this](const std::string& text) {
                  config_.signature_granularity =
                      choose("--signature-granularity", text, kGranularities);
              });
}

void RunParser::add_report_options() {
    app_.add_flag("--stats", config_.stats, "Print statistics at the end")->disable_flag_override();
    add_text(app_, "--stats-json", "FILE", "Write statistics as JSON", config_.stats_json);
    add_value(app_, "--log", "ITEM,...", fmt::format("Log: {}", fmt::join(log_names(), ",")),
              [this](const std::string& text) { config_.log_mask = parse_log_mask(text); });
    add_value(app_, "--perf", "map|jitdump", "Tell perf of compiled code",
              [this](const std::string& text) { config_.perf = choose("--perf", text, kPerf); });
    add_value(app_, "--gdb", "[HOST:]PORT", "Let gdb debug the guest, from its start on",
              [this](const std::string& text) { config_.gdb = parse_gdb_address(text); });
    app_.add_flag("--gdb-jit", config_.gdb_jit, "Tell gdb of compiled code")
        ->disable_flag_override();
}

void RunParser::add_limit() {
    add_value(app_, "--limit-instructions", "N", "Stop after N instructions, exit 124",
              [this](const std::string& text) {
                  config_.limit_instructions =
                      parse_number("--limit-instructions", text, 1, UINT64_MAX);
              });
}

void RunParser::add_snapshot() {
    app_.add_option_function<std::vector<std::string>>(
            "--snapshot-at",
            [this](const std::vector<std::string>& texts) {
                config_.snapshot_at = parse_number("--snapshot-at", texts[0], 1, UINT64_MAX);
                config_.snapshot = texts[1];
                if (config_.snapshot.empty()) throw UsageError("--snapshot-at: FILE is empty");
            },
            "Write a snapshot after N instructions")
        ->type_name("N FILE")
        ->type_size(2)
        ->expected(1)
        ->allow_extra_args(false);
}

void RunParser::add_hash_options() {
    app_.add_flag("--state-hash", config_.state_hash,
                  "Print the hash of the guest's state at the end")
        ->disable_flag_override();
    add_value(app_, "--hash-every", "N", "Hash the state after each N instructions",
              [this](const std::string& text) {
                  config_.hash_every = parse_number("--hash-every", text, 1, UINT64_MAX);
              });
    add_text(app_, "--hash-log", "FILE", "Where the hashes of --hash-every go", config_.hash_log);
}

void RunParser::set_ram(const std::string& text) {
    constexpr uint64_t kPage = 4096;
    // All that an x86-64 process can address.
    constexpr uint64_t kHostLimit = uint64_t{1} << 47;
    config_.ram_size = parse_size("--ram", text);
    if (config_.ram_size == 0) throw UsageError("--ram: a machine needs more RAM than 0");
    if (config_.ram_size % kPage != 0) {
        throw UsageError(fmt::format("--ram: {} is no multiple of 4K", text));
    }
    if (config_.ram_size >= kHostLimit) {
        throw UsageError(fmt::format("--ram: {} is more than this host can map", text));
    }
}

void RunParser::set_bios(const std::string& text) {
    if (text.empty()) throw UsageError("--bios: is empty");
    config_.bios = text == "none"      ? BiosKind::none
                   : text == "default" ? BiosKind::standard
                                       : BiosKind::file;
    config_.bios_file = config_.bios == BiosKind::file ? text : "";
}

void RunParser::set_drives(const std::vector<std::string>& texts) {
    if (texts.size() > virt::kMaxDrives) {
        throw UsageError(fmt::format("--drive: given {} times; the machine takes {} drives",
                                     texts.size(), virt::kMaxDrives));
    }
    config_.drives.clear();
    for (const std::string& text : texts) config_.drives.push_back(parse_drive(text));
}

void RunParser::set_backend(const std::string& text) {
    if (std::ranges::find(build_.backends, text) == build_.backends.end()) {
        throw UsageError(fmt::format("--backend: '{}' is not one of: {}", text,
                                     fmt::join(build_.backends, ", ")));
    }
    config_.backend = text;
}

// NAME or icount:RATE.
void RunParser::set_clock(const std::string& text) {
    const size_t colon = text.find(':');
    config_.clock = choose("--clock", text.substr(0, colon), kClocks);
    config_.icount_rate = MachineConfig{}.icount_rate;
    if (colon == std::string::npos) return;
    if (config_.clock != ClockKind::icount)
        throw UsageError(fmt::format("--clock: '{}': only icount has a rate", text));
    config_.icount_rate = parse_number("--clock", text.substr(colon + 1), 1, kMostIcountRate);
}

void RunParser::set_code_cache(const std::string& text) {
    config_.code_cache = parse_size("--code-cache", text);
    if (config_.code_cache < kSmallestCodeCache || config_.code_cache > kLargestCodeCache)
        throw UsageError(fmt::format("--code-cache: {} is not between 2M and 1G", text));
}

void RunParser::require(const char* option, const char* other, bool present) const {
    if (given(option) && !present) throw UsageError(fmt::format("{}: needs {}", option, other));
}

void RunParser::check_image() const {
    if (config_.image.empty()) throw UsageError("IMAGE: is empty");
    if (given("--kernel")) throw UsageError("--kernel: cannot be used together with IMAGE");
    if (given("--bios") && config_.bios != BiosKind::none) {
        throw UsageError("--bios: IMAGE runs without firmware; use --kernel to boot through one");
    }
}

void RunParser::check_something_to_run() const {
    if (given("IMAGE") || given("--kernel") || given("--dump-dtb")) return;
    if (config_.bios != BiosKind::file) {
        throw UsageError(fmt::format(
            "{0}: nothing to run; give IMAGE or --kernel (see kiln {0} --help)", app_.get_name()));
    }
}

void RunParser::check_guest() const {
    if (given("IMAGE")) check_image();
    check_something_to_run();
    require("--initrd", "--kernel", given("--kernel"));
    require("--load-address", "IMAGE", given("IMAGE"));
    require("--signature", "IMAGE", given("IMAGE"));
}

void RunParser::check_stops() const {
    require("--hash-every", "--hash-log", given("--hash-log"));
    require("--hash-log", "--hash-every", given("--hash-every"));
    if (!config_.gdb) return;
    if (config_.hash_every) throw UsageError("--hash-every: cannot be used together with --gdb");
    if (config_.snapshot_at) throw UsageError("--snapshot-at: cannot be used together with --gdb");
}

MachineConfig RunParser::finish() {
    if (options_ == RunOptions::all) check_guest();
    // The interpreter is the first.
    require("--audit", "a backend that compiles", config_.backend != build_.backends.front());
    check_stops();
    require("--signature-granularity", "--signature", given("--signature"));
    if (!config_.image.empty()) config_.bios = BiosKind::none;
    return std::move(config_);
}

CLI::App& with_log(CLI::App& app, const std::string& help, std::string& log) {
    app.add_option("LOG", log, help)->type_name("")->required();
    return app;
}

class RecordParser {
  public:
    RecordParser(CLI::App& app, const BuildInfo& build)
        : app_(with_log(app, "File to write the recording to", request_.log)), run_(app, build) {}

    bool chosen() const { return app_.parsed(); }
    RecordRequest finish() {
        if (app_.count("--dump-dtb") != 0)
            throw UsageError("--dump-dtb: runs nothing; use kiln run");
        if (app_.count("--snapshot-at") != 0)
            throw UsageError("--snapshot-at: a recorded run has no snapshots");
        if (app_.count("--gdb") != 0)
            throw UsageError("--gdb: record first, then debug with kiln replay");
        request_.config = run_.finish();
        if (app_.count("--clock") != 0 && request_.config.clock != ClockKind::icount)
            throw UsageError("--clock: a recorded run has only icount");
        request_.config.clock = ClockKind::icount;
        return std::move(request_);
    }

  private:
    RecordRequest request_;
    CLI::App& app_;
    RunParser run_;
};

class ReplayParser {
  public:
    ReplayParser(CLI::App& app, const BuildInfo& build)
        : app_(with_log(app, "Recording made by kiln record", request_.log)),
          run_(app, build, RunOptions::observing) {
        app_.footer(kExitStatuses);
    }

    bool chosen() const { return app_.parsed(); }
    ReplayRequest finish() {
        request_.config = run_.finish();
        if (request_.log.empty()) throw UsageError("LOG: is empty");
        return std::move(request_);
    }

  private:
    ReplayRequest request_;
    CLI::App& app_;
    RunParser run_;
};

class ResumeParser {
  public:
    ResumeParser(CLI::App& top, const BuildInfo& build)
        : app_(*top.add_subcommand("resume", "Go on with a guest from a snapshot")),
          run_(with_file(app_, request_.snapshot), build, RunOptions::resuming) {
        app_.footer(kExitStatuses);
    }

    bool chosen() const { return app_.parsed(); }
    ResumeRequest finish() {
        request_.config = run_.finish();
        if (request_.snapshot.empty()) throw UsageError("FILE: is empty");
        return std::move(request_);
    }

  private:
    static CLI::App& with_file(CLI::App& app, std::string& file) {
        app.add_option("FILE", file, "Snapshot made by --snapshot-at")->type_name("")->required();
        return app;
    }

    ResumeRequest request_;
    CLI::App& app_;
    RunParser run_;
};

class JitdumpParser {
  public:
    JitdumpParser(CLI::App& app, const BuildInfo& build) : app_(app), run_(app, build) {
        add_value(app_, "--pc", "A", "Show the blocks that hold this address",
                  [this](const std::string& text) { request_.pc = parse_number("--pc", text); });
        add_text(app_, "--symbol", "NAME", "Show the blocks of this function", request_.symbol);
        add_value(app_, "--hottest", "N", "Show the N hottest blocks",
                  [this](const std::string& text) {
                      request_.hottest = parse_number("--hottest", text, 1, UINT64_MAX);
                  });
        add_value(app_, "--console", "stderr|none", "Where the guest's console goes (stderr)",
                  [this](const std::string& text) {
                      request_.console = choose("--console", text, kConsoles);
                  });
    }

    bool chosen() const { return app_.parsed(); }
    JitdumpRequest finish() {
        const auto given = [this](const char* option) { return app_.count(option) != 0; };
        if (given("--pc") + given("--symbol") + given("--hottest") > 1)
            throw UsageError("--pc, --symbol, --hottest: only one of them can be given");
        if (given("--dump-dtb")) throw UsageError("--dump-dtb: runs nothing; use kiln run");
        request_.config = run_.finish();
        return std::move(request_);
    }

  private:
    CLI::App& app_;
    RunParser run_;
    JitdumpRequest request_;
};

class BisectParser {
  public:
    BisectParser(CLI::App& top, const BuildInfo& build)
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

    bool chosen() const { return app_.parsed(); }
    BisectRequest finish() {
        for (const char* option : {"--backend", "--clock", "--dump-dtb", "--gdb", "--hash-every",
                                   "--snapshot-at", "--state-hash", "--signature", "--audit"})
            if (app_.count(option) != 0)
                throw UsageError(fmt::format("{}: cannot be used with bisect", option));
        for (const std::string& name : {request_.a, request_.b})
            if (std::ranges::find(build_.backends, name) == build_.backends.end())
                throw UsageError(fmt::format("bisect: '{}' is not one of: {}", name,
                                             fmt::join(build_.backends, ", ")));
        request_.config = run_.finish();
        return std::move(request_);
    }

  private:
    BisectRequest request_;
    CLI::App& app_;
    RunParser run_;
    const BuildInfo& build_;
};

class DisasmParser {
  public:
    explicit DisasmParser(CLI::App& top)
        : app_(*top.add_subcommand("disasm", "Disassemble a guest program")) {
        app_.add_option("IMAGE", request_.image, "ELF, Linux Image or flat binary")
            ->type_name("")
            ->required();
        add_text(app_, "--isa", "ISA", "Guest ISA (everything, as wide as IMAGE)", request_.isa);
        add_value(
            app_, "--load-address", "A", "Where a flat IMAGE goes (0x80000000)",
            [this](const std::string& text) { set_load_address(request_.load_address, text); });
        add_value(
            app_, "--start", "A", "First address (default: all code)",
            [this](const std::string& text) { request_.start = parse_number("--start", text); });
        add_value(app_, "--count", "N", "Number of instructions", [this](const std::string& text) {
            request_.count = parse_number("--count", text, 1, UINT64_MAX);
        });
    }

    bool chosen() const { return app_.parsed(); }
    DisasmRequest finish() {
        if (request_.image.empty()) throw UsageError("IMAGE: is empty");
        if (request_.start.value_or(0) % 2 != 0) {
            throw UsageError("--start: an instruction's address is even");
        }
        return std::move(request_);
    }

  private:
    CLI::App& app_;
    DisasmRequest request_;
};

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
    RecordParser record(
        *app.add_subcommand("record", "Run a guest and write down all that reaches it"), build);
    ReplayParser replay(*app.add_subcommand("replay", "Repeat a recorded run"), build);
    JitdumpParser jitdump(*app.add_subcommand("jitdump", "Run a guest and show its compiled code"),
                          build);
    ResumeParser resume(app, build);
    BisectParser bisect(app, build);
    DisasmParser disasm(app);
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
    if (app.got_subcommand("info")) return InfoRequest{};
    throw UsageError("no command given (see kiln --help)");
}

}  // namespace kiln
