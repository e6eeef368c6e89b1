// The command line: arguments in, a command with all its settings out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "machine/config.h"

namespace kiln {

// What this build of Kiln can do.
struct BuildInfo {
    std::string version;
    std::string default_isa;
    std::vector<std::string> backends;
    std::string default_backend;
};

struct RunRequest {
    MachineConfig config;
};

// A run, and which of the blocks that got native code are shown: all, or what one of the last three
// picks.
struct JitdumpRequest {
    MachineConfig config;
    bool console = true;              // the guest's goes to stderr
    std::optional<uint64_t> pc;       // the blocks that hold this address
    std::string symbol;               // those of this function
    std::optional<uint64_t> hottest;  // so many, the hottest first
};

// A run whose inputs are written down.
struct RecordRequest {
    MachineConfig config;
    std::string log;
};

// A run with inputs that were written down. Of `config` only what observes a run counts.
struct ReplayRequest {
    MachineConfig config;
    std::string log;
};

// A run from a snapshot.
struct ResumeRequest {
    std::string snapshot;
    MachineConfig config;  // what the snapshot does not hold
};

// A search for the first difference between two backends.
struct BisectRequest {
    MachineConfig config;
    std::string a = "interp";
    std::string b;
    uint64_t step = 10'000'000;  // instructions between two comparisons
};

struct DisasmRequest {
    std::string image;
    std::string isa;  // empty: the default one, as wide as the image
    uint64_t load_address = 0x8000'0000;
    std::optional<uint64_t> start;  // virtual address; all code where it is absent
    std::optional<uint64_t> count;  // instructions
};

struct CacheRequest {
    std::string folder;
    bool clear = false;  // remove what is in it
};

struct InfoRequest {};

// Help or the version: print and leave with 0.
struct TextRequest {
    std::string text;
};

using Request = std::variant<RunRequest, RecordRequest, ReplayRequest, ResumeRequest, BisectRequest,
                             JitdumpRequest, DisasmRequest, CacheRequest, InfoRequest, TextRequest>;

// `arguments` without the program's name. Throws UsageError for what is unknown, malformed or
// contradicts itself. Names of files are not looked at.
Request parse_arguments(std::span<const std::string> arguments, const BuildInfo& build);

}  // namespace kiln
