// The file of a recording: what is written is read back, and nothing else is taken for it.
#include "machine/input_log.h"

#include <gtest/gtest.h>

#include "unit/error_of.h"
#include "unit/scratch_folder.h"

namespace kiln {
namespace {

using test::error_of;

std::vector<std::byte> bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

RecordedMachine machine() {
    RecordedMachine machine;
    machine.config.isa = "rv64imac";
    machine.config.ram_size = 1 << 24;
    machine.config.harts = 3;
    machine.config.kernel = "/a/kernel";
    machine.config.bios = BiosKind::file;
    machine.config.bios_file = "/a/bios";
    machine.config.append = "";
    machine.config.limit_instructions = 77;
    machine.config.drives = {{.file = "/a/disk", .read_only = true}, {.file = "/b/disk"}};
    machine.hashes = {1, 2, 3, 4};
    return machine;
}

// All kinds, in an order that a run may have.
struct Sample {
    std::vector<std::byte> keys = bytes_of("keys");
    std::vector<InputRecord> records = {
        {InputKind::entropy, {0, 0}, 0, 4, keys},     {InputKind::clock, {0, 0}, 0, 1795269084, {}},
        {InputKind::console, {100, 7}, 2, 0, keys},   {InputKind::line_break, {100, 7}, 2, 0, {}},
        {InputKind::wake, {100, 8}, 0, 900, {}},      {InputKind::entropy, {120, 900}, 0, 4096, {}},
        {InputKind::reset, {130, 900}, 0, 0, {}},     {InputKind::quit, {5, 1}, 0, 0, {}},
        {InputKind::end, {~u64{0}, 1000}, 0, 124, {}}};
};

class Log : public testing::Test {
  protected:
    // The bytes of a log with these records.
    std::string write(const std::vector<InputRecord>& records) {
        std::filesystem::remove(name);
        InputLogWriter writer(name, machine());
        EXPECT_FALSE(std::filesystem::exists(name));
        writer.publish();
        for (const InputRecord& record : records) writer.append(record);
        writer.sync();
        EXPECT_EQ(writer.count(), records.size());
        return folder.read("log");
    }
    InputLog read(const std::string& text) { return InputLog("log", bytes_of(text)); }
    std::string reason(const std::string& text) {
        return error_of<InputError>([&] { read(text); });
    }
    // Whether a log of one such record is refused.
    bool refused(const InputRecord& record) {
        const std::string text = write({record});
        try {
            read(text);
        } catch (const InputError&) {
            return true;
        }
        return false;
    }

    test::ScratchFolder folder;
    std::string name = folder.name("log");
    Sample sample;
};

void expect_equal(const std::optional<InputRecord>& read, const InputRecord& written) {
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, written.kind);
    EXPECT_EQ(read->at, written.at);
    EXPECT_EQ(read->look, written.look);
    EXPECT_EQ(read->value, written.value);
    EXPECT_EQ(text_of(read->data), text_of(written.data));
}

TEST_F(Log, IsReadBack) {
    write(sample.records);
    InputLog log = InputLog::read(name);
    EXPECT_EQ(log.name(), name);
    EXPECT_FALSE(log.truncated());
    const MachineConfig& config = log.machine().config;
    EXPECT_EQ(config.isa, "rv64imac");
    EXPECT_EQ(config.harts, 3u);
    EXPECT_EQ(config.append, "");
    EXPECT_EQ(config.limit_instructions, 77u);
    EXPECT_EQ(files_of(config),
              (std::vector<std::string>{"/a/bios", "/a/kernel", "/a/disk", "/b/disk"}));
    EXPECT_TRUE(config.drives.at(0).read_only);
    EXPECT_FALSE(config.drives.at(1).read_only);
    EXPECT_EQ(log.machine().hashes, machine().hashes);
    ASSERT_EQ(log.count(), sample.records.size());
    for (u64 i = 0; i < log.count(); ++i) {
        EXPECT_EQ(log.position(), i);
        expect_equal(log.next(), sample.records[i]);
        log.seek(i + 1);
    }
    EXPECT_FALSE(log.next());
    log.seek(2);
    expect_equal(log.next(), sample.records[2]);
}

TEST_F(Log, EndsAnywhere) {
    const std::string whole = write(sample.records);
    const std::string header = write({});
    u64 records = 0;
    for (size_t size = 0; size < whole.size(); ++size) {
        const std::string cut = whole.substr(0, size);
        if (size < header.size()) {
            EXPECT_EQ(reason(cut), size < 12 ? "log: is not a recording of Kiln"
                                             : "log: is truncated: its header is not whole");
            continue;
        }
        const InputLog log = read(cut);
        EXPECT_TRUE(log.truncated());
        EXPECT_GE(log.count(), records);
        EXPECT_LT(log.count(), sample.records.size());
        records = log.count();
    }
    EXPECT_EQ(records, sample.records.size() - 1);
}

TEST_F(Log, NoBitChangesUnnoticed) {
    const std::string whole = write(sample.records);
    for (size_t i = 0; i < whole.size(); ++i)
        for (const int bit : {0, 7}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
            EXPECT_NE(reason(changed), "") << i;
        }
    EXPECT_NE(reason(whole + "x"), "");
}

TEST_F(Log, FramesKeepTheirPlaces) {
    const std::string one = write({sample.records[2], sample.records[2]});
    const std::string header = write({});
    const size_t frame = (one.size() - header.size()) / 2;
    EXPECT_EQ(read(one).count(), 2u);
    const std::string first = one.substr(header.size(), frame);
    const std::string second = one.substr(header.size() + frame);
    EXPECT_NE(reason(header + second), "");
    EXPECT_NE(reason(header + first + first), "");
    EXPECT_NE(reason(header + second + first), "");
}

// With checksums that are right, but no sense.
TEST_F(Log, NonsenseIsRefused) {
    const std::vector<std::byte> much(InputRecord::kMaxData + 1);
    EXPECT_FALSE(refused({InputKind::console, {1, 1}, 0, 0, sample.keys}));
    EXPECT_TRUE(refused({InputKind{0}, {1, 1}, 0, 0, {}}));
    EXPECT_TRUE(refused({InputKind{9}, {1, 1}, 0, 0, {}}));
    EXPECT_TRUE(refused({InputKind::console, {1, 1}, 0, 0, {}}));
    EXPECT_TRUE(refused({InputKind::console, {1, 1}, 0, 0, much}));
    EXPECT_TRUE(refused({InputKind::entropy, {1, 1}, 0, 5, sample.keys}));
    EXPECT_TRUE(refused({InputKind::wake, {1, 1}, 0, 0, {}}));
    EXPECT_TRUE(refused({InputKind::wake, {1, 1}, 0, ~u64{0}, {}}));
    EXPECT_TRUE(refused({InputKind::quit, {1, ~u64{0}}, 0, 0, {}}));
    EXPECT_TRUE(refused({InputKind::quit, {1, 1}, 0, 0, sample.keys}));
    const InputRecord early{InputKind::quit, {1, 1}, 0, 0, {}};
    const InputRecord late{InputKind::line_break, {1, 2}, 0, 0, {}};
    EXPECT_NE(reason(write({late, early})), "");
    EXPECT_NE(reason(write({sample.records.back(), sample.records.back()})), "");
}

TEST_F(Log, AnOldFileStaysUntilTheRun) {
    folder.write("log", "old");
    {
        const InputLogWriter writer(name, machine());
        EXPECT_EQ(folder.read("log"), "old");
    }
    EXPECT_EQ(folder.read("log"), "old");
    EXPECT_EQ(folder.file_count(), 1u);
}

TEST_F(Log, WhereNothingCanBeWritten) {
    EXPECT_EQ(error_of<InputError>([&] { InputLogWriter(folder.name("none/log"), machine()); }),
              folder.name("none/log") + ": cannot create: No such file or directory");
    EXPECT_EQ(error_of<InputError>([&] { InputLogWriter("/dev/null", machine()); }),
              "/dev/null: is not a regular file");
}

}  // namespace
}  // namespace kiln
