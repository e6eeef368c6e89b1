// The store of compiled code: what was put is found, by whoever may find it; it keeps to its limit;
// and where its folder cannot be used it is off.
#include <sys/file.h>
#include <sys/resource.h>
#include <thread>

#include "jit/kept/eviction.h"
#include "unit/kept_rig.h"

namespace kiln::kept {
namespace {

using test::content;
using test::key;
using test::logged;
using KeptStore = test::KeptFolder;

// An entry of one block of the disk.
constexpr size_t kSmall = 4000;
constexpr u64 kBlock = 4096;

u64 bytes_in(const std::string& path) {
    return bytes_of_entries(Folder(path, Folder::Missing::refuse).files());
}

TEST_F(KeptStore, FindsWhatWasPut) {
    {
        CodeStore store = open();
        EXPECT_FALSE(store.find(key(store, 1)));
        store.put(key(store, 1), content(1));
        store.put(key(store, 2), content(2, 0));
        store.put(key(store, 3), content(3, 300'000));
        EXPECT_EQ(store.counts().kept, 3u);
    }
    CodeStore store = open();
    EXPECT_EQ(store.find(key(store, 1)), content(1));
    EXPECT_EQ(store.find(key(store, 2)), content(2, 0));
    EXPECT_EQ(store.find(key(store, 3)), content(3, 300'000));
    EXPECT_FALSE(store.find(key(store, 4)));
    EXPECT_EQ(store.counts().found, 3u);
    EXPECT_EQ(store.counts().missed, 1u);
    EXPECT_EQ(store.counts().refused, 0u);
}

TEST_F(KeptStore, TheLastContentCounts) {
    CodeStore store = open();
    store.put(key(store, 1), content(1));
    store.put(key(store, 1), content(2));
    EXPECT_EQ(store.find(key(store, 1)), content(2));
    EXPECT_EQ(std::filesystem::hard_link_count(path + "/" + file_of(key(store, 1))), 1u);
}

TEST_F(KeptStore, IsTheUsersAlone) {
    CodeStore store = open();
    store.put(key(store, 1), content(1));
    struct stat info {};
    for (const char* folder : {"made", "made/for", "made/for/it"}) {
        ASSERT_EQ(stat(scratch.name(folder).c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 07777, 0700u) << folder;
    }
    ASSERT_EQ(stat((path + "/" + file_of(key(store, 1))).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(KeptStore, AnotherIdentityFindsNothing) {
    CodeStore store = open();
    CodeStore other = open(test::kEnough, "another");
    store.put(key(store, 1), content(1));
    EXPECT_NE(key(store, 1), key(other, 1));
    EXPECT_FALSE(other.find(key(other, 1)));
    // Not even where keys are the same.
    const std::string log = logged([&] { EXPECT_FALSE(other.find(key(store, 1))); });
    EXPECT_NE(log.find("it was made by another Kiln or processor"), std::string::npos) << log;
    EXPECT_EQ(other.counts().refused, 1u);
    EXPECT_FALSE(has(file_of(key(store, 1))));
}

TEST_F(KeptStore, WhatWasNotUsedForLongestGoes) {
    CodeStore store = open(8 * kBlock);
    for (u64 i = 0; i < 8; ++i) {
        store.put(key(store, i), content(i, kSmall));
        used_at(file_of(key(store, i)), 1000 + static_cast<time_t>(i));
    }
    used_at(file_of(key(store, 2)), 3000);
    EXPECT_TRUE(store.find(key(store, 0)));  // now
    store.put(key(store, 8), content(8, kSmall));
    // A part of the limit is free.
    const std::array gone = {1u, 3u};
    for (u64 i = 0; i < 9; ++i)
        EXPECT_EQ(has(file_of(key(store, i))), std::ranges::find(gone, i) == gone.end()) << i;
}

TEST_F(KeptStore, NeverHoldsMoreThanItsLimit) {
    constexpr u64 kLimit = 40 * kBlock;
    CodeStore store = open(kLimit);
    for (u64 i = 0; i < 100; ++i) {
        store.put(key(store, i), content(i, i % 7 * 2000));
        ASSERT_LE(bytes_in(path), kLimit) << i;
    }
    EXPECT_TRUE(store.find(key(store, 99)));
    EXPECT_FALSE(store.find(key(store, 0)));
}

TEST_F(KeptStore, SeveralKeepToTheLimitTogether) {
    constexpr u64 kLimit = 64 * kBlock;
    CodeStore stores[] = {open(kLimit), open(kLimit), open(kLimit)};
    for (u64 i = 0; i < 240; ++i) {
        stores[i % 3].put(key(stores[0], i), content(i, kSmall));
        ASSERT_LE(bytes_in(path), kLimit + 3 * kLimit / 16) << i;
    }
}

TEST_F(KeptStore, WhatIsLargerThanTheLimitIsNotKept) {
    CodeStore store = open(4 * kBlock);
    store.put(key(store, 1), content(1, kSmall));
    store.put(key(store, 2), content(2, 4 * kBlock));
    EXPECT_TRUE(store.find(key(store, 1)));
    EXPECT_FALSE(store.find(key(store, 2)));
    store.put(key(store, 3), content(3, kSmall));
    EXPECT_TRUE(store.find(key(store, 3)));
}

TEST_F(KeptStore, OtherFilesStay) {
    CodeStore store = open(2 * kBlock);
    const char* const others[] = {"notes.txt", "0123456789abcdef0123456789abcdef.txt", ".code",
                                  "0123456789abcdef0123456789abcdeF.code"};
    for (const char* name : others) scratch.write(std::string("made/for/it/") + name, "mine");
    for (u64 i = 0; i < 20; ++i) store.put(key(store, i), content(i, kSmall));
    for (const char* name : others) EXPECT_TRUE(has(name)) << name;
}

TEST_F(KeptStore, LeftoversOfKilledProcessesGo) {
    CodeStore store = open();
    scratch.write("made/for/it/1-2-3.part", "killed");
    const std::string busy = scratch.write("made/for/it/4-5-6.part", "at it");
    const Descriptor writer(::open(busy.c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(flock(writer.get(), LOCK_EX), 0);
    store.put(key(store, 1), content(1));
    EXPECT_FALSE(has("1-2-3.part"));
    EXPECT_TRUE(has("4-5-6.part"));
    EXPECT_TRUE(store.find(key(store, 1)));
}

TEST_F(KeptStore, WaitsForNobody) {
    CodeStore store = open(4 * kBlock);
    const Descriptor lock = Folder(path, Folder::Missing::refuse).try_lock({});
    ASSERT_TRUE(lock.valid());
    for (u64 i = 0; i < 10; ++i) store.put(key(store, i), content(i, kSmall));
    for (u64 i = 0; i < 10; ++i) EXPECT_TRUE(store.find(key(store, i))) << i;
}

TEST_F(KeptStore, ThreadsShareOne) {
    CodeStore store = open(50 * kBlock);
    const auto work = [&](u64 thread) {
        for (u64 i = 0; i < 50; ++i) {
            const u64 number = (i * 7 + thread) % 20;
            const auto found = store.find(key(store, number));
            if (found) {
                EXPECT_EQ(*found, content(number, kSmall));
            }
            store.put(key(store, number), content(number, kSmall));
        }
    };
    std::vector<std::thread> threads;
    for (u64 i = 0; i < 4; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(store.counts().kept, 200u);
    EXPECT_EQ(store.counts().refused, 0u);
    for (u64 i = 0; i < 20; ++i) EXPECT_TRUE(store.find(key(store, i)));
}

// A limit of this process, for as long as this lives.
class Rlimit {
  public:
    Rlimit(__rlimit_resource resource, rlim_t soft) : resource_(resource) {
        getrlimit(resource, &before_);
        const rlimit now = {soft, before_.rlim_max};
        setrlimit(resource, &now);
    }
    Rlimit(const Rlimit&) = delete;
    Rlimit& operator=(const Rlimit&) = delete;
    ~Rlimit() { setrlimit(resource_, &before_); }

  private:
    __rlimit_resource resource_;
    rlimit before_{};
};

TEST_F(KeptStore, AFullDiskEndsKeepingNotFinding) {
    CodeStore store = open();
    store.put(key(store, 1), content(1));
    const std::string log = logged([&] {
        const Rlimit full(RLIMIT_FSIZE, 2000);
        store.put(key(store, 2), content(2, 10'000));
        store.put(key(store, 3), content(3, 10'000));
    });
    EXPECT_TRUE(log.starts_with("cache: no more code is kept: " + path)) << log;
    EXPECT_TRUE(log.ends_with("cannot write: File too large\n")) << log;
    EXPECT_EQ(std::ranges::count(log, '\n'), 1);
    store.put(key(store, 4), content(4));
    EXPECT_FALSE(store.find(key(store, 4)));
    EXPECT_EQ(store.find(key(store, 1)), content(1));
    for (const Folder::File& file : Folder(path, Folder::Missing::refuse).files())
        EXPECT_FALSE(file.name.ends_with(Folder::kTemporary)) << file.name;
}

// The sanitizers' own checks need descriptors.
#ifndef __SANITIZE_ADDRESS__
TEST_F(KeptStore, WithoutDescriptorsItIsOff) {
    CodeStore store = open();
    store.put(key(store, 1), content(1));
    const std::string log = logged([&] {
        const Rlimit none(RLIMIT_NOFILE, 3);
        EXPECT_FALSE(store.find(key(store, 1)));
        EXPECT_FALSE(store.find(key(store, 1)));
    });
    EXPECT_TRUE(log.starts_with("cache: no more code is looked for: ")) << log;
    EXPECT_EQ(std::ranges::count(log, '\n'), 1);
}
#endif

// The log of a store on a folder that it must not use, which does nothing.
std::string refused(const std::string& folder) {
    return logged([&] {
        CodeStore store(folder, test::kEnough, test::kIdentity);
        store.put(key(store, 1), content(1));
        EXPECT_FALSE(store.find(key(store, 1)));
        EXPECT_EQ(store.counts().kept, 0u);
    });
}

TEST_F(KeptStore, AFolderThatOthersCanWriteIsRefused) {
    open();
    for (const mode_t mode : {0720, 0702, 0777}) {
        ASSERT_EQ(chmod(path.c_str(), mode), 0);
        EXPECT_EQ(refused(path),
                  "cache: no code is kept: " + path + ": can be written by others\n");
    }
    ASSERT_EQ(chmod(path.c_str(), 0755), 0);
    EXPECT_TRUE(scratch.read("made/for/it/lock").empty());
}

TEST_F(KeptStore, AFolderOfSomebodyElseIsRefused) {
    std::string folder = "/usr";  // who is not root
    if (geteuid() == 0) {
        folder = scratch.name("others");
        std::filesystem::create_directory(folder);
        ASSERT_EQ(chown(folder.c_str(), 1, 1), 0);
    }
    EXPECT_EQ(refused(folder),
              "cache: no code is kept: " + folder + ": belongs to somebody else\n");
}

TEST_F(KeptStore, WithoutAnIdentityItIsOff) {
    const std::string log = logged([&] {
        CodeStore store = open(test::kEnough, "");
        store.put(key(store, 1), content(1));
        EXPECT_FALSE(store.find(key(store, 1)));
    });
    EXPECT_EQ(log, "cache: no code is kept: it is not known what makes it\n");
    EXPECT_FALSE(has(""));
}

TEST_F(KeptStore, WhatIsNoFolderIsRefused) {
    open();
    const std::string link = scratch.name("link");
    std::filesystem::create_symlink(path, link);
    EXPECT_EQ(refused(link),
              "cache: no code is kept: " + link + ": cannot open: Not a directory\n");
    const std::string file = scratch.write("file", "");
    EXPECT_EQ(refused(file),
              "cache: no code is kept: " + file + ": cannot open: Not a directory\n");
    EXPECT_EQ(refused("/proc/kiln"),
              "cache: no code is kept: /proc/kiln: cannot open: No such file or directory\n");
    EXPECT_EQ(refused(""), "cache: no code is kept: : cannot open: No such file or directory\n");
}

}  // namespace
}  // namespace kiln::kept
