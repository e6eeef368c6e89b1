// Entries of a store that are damaged, foreign or not to be trusted are never used, and go.
#include <sys/resource.h>
#include <unistd.h>

#include "jit/kept/entry_file.h"
#include "support/state_archive.h"
#include "unit/kept_rig.h"

namespace kiln::kept {
namespace {

using test::content;
using test::key;
using test::logged;

class KeptDamage : public test::KeptFolder {
  protected:
    KeptDamage() { store.put(one, content(1, 200)); }

    std::string read() const { return scratch.read("made/for/it/" + file_of(one)); }
    void write(const std::string& bytes) {
        std::filesystem::remove_all(file);
        scratch.write("made/for/it/" + file_of(one), bytes);
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }
    // What the log says of the entry, which is not used, and gone then.
    std::string complaint() {
        std::string log = logged([&] { EXPECT_FALSE(store.find(one)); });
        EXPECT_FALSE(has(file_of(one)));
        const std::string prefix = "cache: " + file + " is not used: ";
        EXPECT_TRUE(log.starts_with(prefix)) << log;
        EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
        return log.substr(std::min(prefix.size(), log.size()));
    }

    CodeStore store = open();
    Key one = key(store, 1);
    std::string file = path + "/" + file_of(one);
};

TEST_F(KeptDamage, EachBitCounts) {
    const std::string whole = read();
    for (size_t at = 0; at < whole.size(); ++at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << at % 8);
        write(bytes);
        EXPECT_NE(complaint(), "") << at;
    }
    EXPECT_EQ(store.counts().refused, whole.size());
    write(whole);
    EXPECT_EQ(store.find(one), content(1, 200));
}

TEST_F(KeptDamage, EachLengthCounts) {
    const std::string whole = read();
    for (size_t size = 0; size < whole.size(); ++size) {
        write(whole.substr(0, size));
        EXPECT_NE(complaint(), "") << size;
    }
    write(whole + '\0');
    EXPECT_EQ(complaint(), "its length is not what its header says\n");
    write(whole + whole);
    EXPECT_EQ(complaint(), "its length is not what its header says\n");
}

TEST_F(KeptDamage, SaysWhatIsWrong) {
    const std::string whole = read();
    const auto with = [&](size_t at, const std::string& change) {
        std::string bytes = whole;
        bytes.replace(at, change.size(), change);
        write(bytes);
        return complaint();
    };
    const std::string most(8, '\xff');
    EXPECT_EQ(with(0, "\x7f"), "it is no file of Kiln\n");
    EXPECT_EQ(with(8, "\x02"), "it is of another version\n");
    EXPECT_EQ(with(12, most.substr(4)), "it is truncated\n");
    EXPECT_EQ(with(16, most), "its length is not what its header says\n");
    EXPECT_EQ(with(24, "x"), "its checksum is wrong\n");
    EXPECT_EQ(with(40, "x"), "its checksum is wrong\n");
    EXPECT_EQ(with(48, "x"), "its checksum is wrong\n");
    EXPECT_EQ(with(whole.size() - 1, "x"), "its checksum is wrong\n");
    write("");
    EXPECT_EQ(complaint(), "it is truncated\n");
}

TEST_F(KeptDamage, AnEntryUnderAnotherNameIsNotUsed) {
    store.put(key(store, 2), content(2));
    std::filesystem::rename(path + "/" + file_of(key(store, 2)), file);
    EXPECT_EQ(complaint(), "it has another key\n");
}

TEST_F(KeptDamage, AFileThatOthersCanWriteIsNotUsed) {
    const std::string whole = read();
    for (const mode_t mode : {0620, 0602, 0666}) {
        write(whole);
        ASSERT_EQ(chmod(file.c_str(), mode), 0);
        EXPECT_EQ(complaint(), "can be written by others\n");
    }
    write(whole);
    ASSERT_EQ(chmod(file.c_str(), 0644), 0);
    EXPECT_TRUE(store.find(one));
}

TEST_F(KeptDamage, AFileThatTheUserCannotHaveWrittenIsNotUsed) {
    // Nobody but root can give a file away; and root can read all of them.
    const bool root = geteuid() == 0;
    if (root) {
        ASSERT_EQ(chown(file.c_str(), 1, 1), 0);
    } else {
        ASSERT_EQ(chmod(file.c_str(), 0), 0);
    }
    EXPECT_EQ(complaint(), root ? "belongs to somebody else\n" : "Permission denied\n");
}

TEST_F(KeptDamage, LinksAreNotFollowed) {
    const std::string target = scratch.write("target", read());
    chmod(target.c_str(), 0600);
    std::filesystem::remove(file);
    std::filesystem::create_symlink(target, file);
    EXPECT_EQ(complaint(), "Too many levels of symbolic links\n");
    EXPECT_TRUE(std::filesystem::exists(target));
    // Nor written through.
    std::filesystem::create_symlink(target, file);
    store.put(one, content(5));
    EXPECT_EQ(store.find(one), content(5));
    EXPECT_EQ(scratch.read("target").size(), 48 + std::string(test::kIdentity).size() + 200);
}

TEST_F(KeptDamage, WhatIsNoFileIsNotUsed) {
    std::filesystem::remove(file);
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    EXPECT_EQ(complaint(), "is not a regular file\n");
    std::filesystem::create_directory(file);
    const std::string log = logged([&] { EXPECT_FALSE(store.find(one)); });
    EXPECT_NE(log.find("is not a regular file"), std::string::npos);
}

TEST_F(KeptDamage, NoMoreIsReadThanAnEntryCanBe) {
    std::filesystem::resize_file(file, kLargestEntry + 1);
    EXPECT_EQ(complaint(), "is too large\n");
    write("");
    // A length that the header pretends costs nothing.
    std::filesystem::resize_file(file, kLargestEntry);
    EXPECT_EQ(complaint(), "it is no file of Kiln\n");
}

TEST_F(KeptDamage, AnotherIdentityMustBeTheSameToTheLastByte) {
    const std::string longer = std::string(test::kIdentity) + "!";
    const auto bytes = content(1);
    for (const std::string& identity :
         {longer, longer.substr(0, longer.size() - 2), std::string()}) {
        const EntryName name{one, identity};
        std::vector<std::byte> made = entry_header(name, bytes);
        const auto text = std::as_bytes(std::span(identity));
        made.insert(made.end(), text.begin(), text.end());
        made.insert(made.end(), bytes.begin(), bytes.end());
        EXPECT_EQ(made.size(), entry_size(name, bytes));
        EXPECT_EQ(entry_content(made, name).size(), bytes.size());
        EXPECT_THROW(entry_content(made, {one, test::kIdentity}), StateError);
    }
}

}  // namespace
}  // namespace kiln::kept
