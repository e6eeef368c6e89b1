// What the command line asks of a machine: plain data, checked only for its form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "devices/disk_image.h"

namespace kiln {

// Where guest time comes from.
enum class ClockKind {
    host,    // the wall
    icount,  // retired instructions, so that runs repeat
};

enum class BiosKind {
    standard,  // the installed OpenSBI
    none,
    file,
};

// What perf is told of native code.
enum class PerfOutput {
    none,
    map,      // names, in /tmp/perf-PID.map
    jitdump,  // names and code, in jit-PID.dump
};

// Where a debugger connects to the machine.
struct GdbAddress {
    std::string host = "127.0.0.1";
    uint16_t port = 0;  // 0: any that is free
    bool wait = true;   // the guest waits for the debugger
};

// Million instructions in a second of guest time, at most.
inline constexpr uint64_t kMostIcountRate = 1'000'000;

// Names of files are empty where the option was not given.
struct MachineConfig {
    std::string isa;  // empty: everything that Kiln implements, as wide as `image`, else 64-bit
    uint64_t ram_size = uint64_t{512} << 20;
    unsigned harts = 1;

    std::string image;                    // never together with `kernel` or firmware
    uint64_t load_address = 0x8000'0000;  // of an `image` that is a flat binary
    BiosKind bios = BiosKind::standard;   // `none` where `image` is given
    std::string bios_file;                // for BiosKind::file
    std::string kernel;
    std::string initrd;
    std::optional<std::string> append;  // the guest's command line
    std::string dtb;                    // replaces the machine's own device tree
    std::string dump_dtb;               // write the device tree there and do not run
    std::vector<DriveSpec> drives;

    std::string backend = "interp";  // one of backends()
    uint64_t tier_up = 1000;         // entries to a block until it is compiled; 0: at once
    uint64_t code_cache = uint64_t{64} << 20;  // bytes for native code
    std::optional<std::string> cache;  // folder of kept code; empty: none; absent: the user's own
    uint64_t cache_limit = uint64_t{256} << 20;  // bytes in it
    bool audit = false;                          // check native code against the interpreter
    // The guest waits for code that another thread would compile: nothing depends on time then.
    bool wait_for_code = false;
    ClockKind clock = ClockKind::host;
    uint64_t icount_rate = 1000;  // million instructions in a second of guest time, from 1
    std::optional<uint64_t> limit_instructions;  // at least 1

    unsigned log_mask = 0;  // support/log.h
    PerfOutput perf = PerfOutput::none;
    std::optional<GdbAddress> gdb;  // a debugger may connect there
    bool gdb_jit = false;           // a debugger of this process gets names of native code

    bool stats = false;                   // a table on stderr at the end
    std::optional<uint64_t> snapshot_at;  // instructions; together with `snapshot`
    std::string snapshot;                 // a file
    bool state_hash = false;              // print the hash of the state at the end
    std::optional<uint64_t> hash_every;   // instructions; at least 1, and together with `hash_log`
    std::string hash_log;                 // counts and hashes, line by line
    std::string stats_json;               // the same for programs
    std::string signature;                // memory signature of an architecture test
    unsigned signature_granularity = 4;   // bytes a line: 4, 8 or 16
};

}  // namespace kiln
