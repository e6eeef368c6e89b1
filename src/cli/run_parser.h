// The options of a command that runs a guest.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace CLI {
class App;
}

namespace kiln {

// Which options of a run a command has.
enum class RunOptions {
    all,
    observing,  // what the guest does not notice
    resuming,   // and where it stops
};

// Adds the options of `run` to a command; they write straight into the configuration.
class RunParser {
  public:
    // `app` and `build` must outlive the parser.
    RunParser(CLI::App& app, const BuildInfo& build, RunOptions options = RunOptions::all);

    // Whether the command was given.
    bool chosen() const;

    // The configuration, once the arguments are parsed. Throws UsageError for options that
    // contradict each other.
    MachineConfig finish();

  private:
    void add_guest_options();
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
    void set_cache(const std::string& text);
    void set_cache_limit(const std::string& text);
    void set_clock(const std::string& text);
    bool given(const char* option) const;
    void require(const char* option, const char* other, bool present) const;
    void check_guest() const;
    void check_image() const;
    void check_something_to_run() const;

    CLI::App& app_;
    const BuildInfo& build_;
    RunOptions options_;
    MachineConfig config_;
};

}  // namespace kiln
