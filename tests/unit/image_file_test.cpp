// Whole files in and out, and what goes wrong with them.
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/file.h"
#include "unit/error_of.h"
#include "unit/scratch_folder.h"

namespace kiln {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::ScratchFolder;

std::string read_error(const std::string& name, uint64_t limit = kMaxFileSize) {
    return error_of<InputError>([&] { read_file(name, limit); });
}

std::string write_error(const std::string& name) {
    return error_of<InputError>([&] { write_file_atomically(name, std::string_view("new")); });
}

TEST(ImageFile, ReadsWhatIsThere) {
    const ScratchFolder folder;
    const auto bytes = read_file(folder.write("f", std::string("a\0b", 3)), 3);
    EXPECT_EQ(bytes, (std::vector{std::byte{'a'}, std::byte{0}, std::byte{'b'}}));
}

TEST(ImageFile, EachBadFileHasItsReason) {
    const ScratchFolder folder;
    const std::string missing = folder.name("missing");
    EXPECT_EQ(read_error(missing), missing + ": cannot open: No such file or directory");
    const std::string directory = folder.path();
    EXPECT_EQ(read_error(directory), directory + ": is a directory");
    const std::string empty = folder.write("empty", "");
    EXPECT_EQ(read_error(empty), empty + ": is empty");
    const std::string large = folder.write("large", "12345");
    EXPECT_EQ(read_error(large, 4), large + ": is too large (5 bytes, at most 4)");
    const std::string below = folder.name("large/below");
    EXPECT_EQ(read_error(below), below + ": cannot open: Not a directory");
    EXPECT_EQ(read_error("/dev/null"), "/dev/null: is not a regular file");
}

TEST(ImageFile, NamedPipeDoesNotHang) {
    const ScratchFolder folder;
    const std::string pipe = folder.name("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(read_error(pipe), pipe + ": is not a regular file");
}

TEST(ImageFile, SparseFileIsNotBelieved) {
    const ScratchFolder folder;
    const std::string name = folder.write("sparse", "x");
    fs::resize_file(name, kMaxFileSize + 1);
    EXPECT_EQ(read_error(name), name + ": is too large (4294967297 bytes, at most 4294967296)");
}

TEST(ImageFile, WritesAndReplaces) {
    const ScratchFolder folder;
    const std::string name = folder.name("f");
    write_file_atomically(name, std::string_view("first"));
    EXPECT_EQ(folder.read("f"), "first");
    fs::permissions(name, fs::perms(0640));
    write_file_atomically(name, std::string_view("2"));
    EXPECT_EQ(folder.read("f"), "2");
    EXPECT_EQ(fs::status(name).permissions(), fs::perms(0640));
    EXPECT_EQ(folder.file_count(), 1U);
}

TEST(ImageFile, NewFileObeysTheUmask) {
    const ScratchFolder folder;
    const mode_t old = ::umask(027);
    write_file_atomically(folder.name("f"), std::string_view("x"));
    ::umask(old);
    EXPECT_EQ(fs::status(folder.name("f")).permissions(), fs::perms(0640));
}

TEST(ImageFile, SymbolicLinkStaysALink) {
    const ScratchFolder folder;
    folder.write("real", "old");
    fs::create_symlink("real", folder.name("link"));
    write_file_atomically(folder.name("link"), std::string_view("new"));
    EXPECT_TRUE(fs::is_symlink(folder.name("link")));
    EXPECT_EQ(folder.read("real"), "new");
}

TEST(ImageFile, DeviceIsWrittenNotReplaced) {
    write_file_atomically("/dev/null", std::string_view("gone"));
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(ImageFile, FailureLeavesTheOldFileAndNothingElse) {
    const ScratchFolder folder;
    const std::string name = folder.write("f", "old");
    // Every write beyond one byte fails, as on a full disk.
    rlimit old_limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tiny{1, old_limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tiny), 0);
    const std::string message = write_error(name);
    ::setrlimit(RLIMIT_FSIZE, &old_limit);
    std::signal(SIGXFSZ, old_handler);
    EXPECT_EQ(message, name + ": cannot write: File too large");
    EXPECT_EQ(folder.read("f"), "old");
    EXPECT_EQ(folder.file_count(), 1U);
}

TEST(ImageFile, UnwritableNamesAreFoundBeforehand) {
    const ScratchFolder folder;
    const std::string directory = folder.path();
    const std::string nowhere = folder.name("no/where");
    const struct {
        std::string name;
        std::string message;
    } cases[] = {
        {directory, directory + ": cannot write: is a directory"},
        {nowhere, nowhere + ": cannot create: No such file or directory"},
        {"", "'': is not a file name"},
    };
    for (const auto& bad : cases) {
        EXPECT_EQ(write_error(bad.name), bad.message);
        EXPECT_EQ(error_of<InputError>([&] { require_writable(bad.name); }), bad.message);
    }
    require_writable(folder.name("new"));
    EXPECT_EQ(folder.file_count(), 0U);
}

}  // namespace
}  // namespace kiln
