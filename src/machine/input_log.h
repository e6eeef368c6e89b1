// The file of a recording: eight bytes that say what it is, a version, the machine, then the inputs
// in the order of the run, each with its moment. docs/record-replay.md describes it byte by byte.
//
// Each frame has a checksum that continues the last one's, so that frames cannot be lost or change
// places unnoticed, and goes to the file with one write(2): what a killed recorder leaves ends in
// the middle of a frame at worst.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine/inputs.h"
#include "machine/recorded_machine.h"
#include "support/int.h"

namespace kiln {

enum class InputKind : u8 {
    console = 1,  // data: keys
    line_break,   // on the console's line
    quit,         // the user left
    clock,        // value: the time of day, in nanoseconds since the epoch
    wake,         // value: the tick at which waiting ended before its deadline
    entropy,      // value: how many bytes the guest asked for; data: what it got, these or none
    reset,        // of the machine; moments count anew
    end,          // of the run; value: its code
};

// "console input", for messages.
const char* to_string(InputKind kind);

struct InputRecord {
    // The most data of one record.
    static constexpr size_t kMaxData = 4096;

    InputKind kind{};
    Moment at;
    u32 look = 0;  // which call of Inputs::take_in at this moment, from 0
    u64 value = 0;
    std::span<const std::byte> data;
};

class InputLogWriter {
  public:
    // Begins a file beside `name`. Throws InputError where that cannot be.
    InputLogWriter(const std::string& name, RecordedMachine machine);
    // Removes the file unless it was published.
    ~InputLogWriter();
    InputLogWriter(const InputLogWriter&) = delete;
    InputLogWriter& operator=(const InputLogWriter&) = delete;

    // The file appears under its name, and grows from now on. Throws InputError.
    void publish();
    void append(InputRecord record) noexcept;
    // How many records were appended.
    u64 count() const { return count_; }
    // Throws InputError if something could not be written.
    void check() const;
    // All of it is on stable storage, or InputError is thrown.
    void sync();

  private:
    void write_frame(std::span<const std::byte> payload) noexcept;
    void write(std::span<const std::byte> bytes) noexcept;

    std::string name_;
    std::string temporary_;
    int fd_;
    u64 checksum_;
    u64 count_ = 0;
    int error_ = 0;
    bool published_ = false;
};

class InputLog {
  public:
    // Both check the whole file and throw InputError for one that is foreign, of another version or
    // damaged. One that ends early is taken if its header is whole.
    static InputLog read(const std::string& name);
    InputLog(std::string name, std::vector<std::byte> bytes);
    InputLog(InputLog&&) = default;

    const std::string& name() const { return name_; }
    const RecordedMachine& machine() const { return machine_; }
    // Whether the record of the end is missing.
    bool truncated() const { return truncated_; }
    u64 count() const { return frames_.size(); }
    // The record that is next; nullopt: there is none.
    const std::optional<InputRecord>& next() const { return next_; }
    // Its number, from 0.
    u64 position() const { return position_; }
    // Goes to a record by its number, at most count().
    void seek(u64 position);

  private:
    void check_header();
    void check_records(u64 offset, u64 checksum);

    std::string name_;
    std::vector<std::byte> bytes_;
    RecordedMachine machine_;
    bool truncated_ = true;
    std::vector<u64> frames_;  // where each record's begins
    u64 position_ = 0;
    std::optional<InputRecord> next_;
};

}  // namespace kiln
