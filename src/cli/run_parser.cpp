#include "cli/run_parser.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "cli/gdb_address.h"
#include "cli/number.h"
#include "cli/option_value.h"
#include "devices/board_virt.h"
#include "support/log.h"

namespace kiln {
namespace {

constexpr std::array<std::pair<std::string_view, ClockKind>, 2> kClocks = {{
    {"host", ClockKind::host},
    {"icount", ClockKind::icount},
}};
constexpr std::array<std::pair<std::string_view, PerfOutput>, 2> kPerf = {{
    {"map", PerfOutput::map},
    {"jitdump", PerfOutput::jitdump},
}};
constexpr std::array<std::pair<std::string_view, unsigned>, 3> kGranularities = {{
    {"4", 4},
    {"8", 8},
    {"16", 16},
}};
// What native::CodeSpace takes.
constexpr uint64_t kSmallestCodeCache = uint64_t{2} << 20;
constexpr uint64_t kLargestCodeCache = uint64_t{1} << 30;
// Less would hold hardly any code.
constexpr uint64_t kSmallestCache = uint64_t{1} << 20;
constexpr std::array<std::pair<std::string_view, bool>, 1> kMachines = {{{"virt", true}}};

}  // namespace

RunParser::RunParser(CLI::App& app, const BuildInfo& build, RunOptions options)
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

bool RunParser::chosen() const { return app_.parsed(); }

void RunParser::add_guest_options() {
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
    add_load_address(app_, config_.load_address);
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
    add_value(app_, "--cache", "DIR|off", "Where compiled code is kept (see kiln info)",
              [this](const std::string& text) { set_cache(text); });
    add_value(app_, "--cache-limit", "SIZE", "How much of it is kept (256M)",
              [this](const std::string& text) { set_cache_limit(text); });
    add_switch(app_, "--audit", config_.audit, "Check compiled code against the interpreter");
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
    add_switch(app_, "--stats", config_.stats, "Print statistics at the end");
    add_text(app_, "--stats-json", "FILE", "Write statistics as JSON", config_.stats_json);
    add_value(app_, "--log", "ITEM,...", fmt::format("{}", fmt::join(log_names(), ",")),
              [this](const std::string& text) { config_.log_mask = parse_log_mask(text); });
    add_value(app_, "--perf", "map|jitdump", "Tell perf of compiled code",
              [this](const std::string& text) { config_.perf = choose("--perf", text, kPerf); });
    add_value(app_, "--gdb", "[HOST:]PORT", "Let gdb debug the guest, from its start on",
              [this](const std::string& text) { config_.gdb = parse_gdb_address(text); });
    add_switch(app_, "--gdb-jit", config_.gdb_jit, "Tell gdb of compiled code");
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
    add_switch(app_, "--state-hash", config_.state_hash,
               "Print the hash of the guest's state at the end");
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

void RunParser::set_cache(const std::string& text) {
    if (text.empty()) throw UsageError("--cache: is empty");
    config_.cache = text == "off" ? "" : text;
}

void RunParser::set_cache_limit(const std::string& text) {
    config_.cache_limit = parse_size("--cache-limit", text);
    if (config_.cache_limit < kSmallestCache)
        throw UsageError(fmt::format("--cache-limit: {} is less than 1M", text));
}

bool RunParser::given(const char* option) const {
    const CLI::Option* known = app_.get_option_no_throw(option);
    return known != nullptr && known->count() != 0;
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

}  // namespace kiln
