// Several processes use one folder at once, are killed at any moment, and damage it on purpose:
// nobody ever finds anything but what was put, and nothing is left behind.
#include <chrono>
#include <csignal>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "jit/kept/eviction.h"
#include "jit/kept/profile_file.h"
#include "unit/kept_rig.h"

namespace kiln::kept {
namespace {

using test::content;
using test::key;
using KeptRace = test::KeptFolder;

constexpr u64 kKeys = 40;
constexpr u64 kLimit = 64 * 4096;
constexpr GuestKind kGuest = {0x8000'0000, 64};

size_t size_of(u64 number) { return 100 + number * number * 17 % 30'000; }

ProfileRegion region(u64 number) {
    return {number * 4096, number, 1 + number, {{0, 4, number, 1}}};
}

// Whether each region says what some process said of it.
bool holds(const Profile& profile) {
    return std::ranges::all_of(profile.regions(), [](const ProfileRegion& found) {
        return found.blocks == region(found.mode).blocks && found.mode < kKeys;
    });
}

// Changes, cuts or removes a file, whichever is there.
void damage(const Folder& folder, std::mt19937_64& random) {
    const auto files = folder.files();
    if (files.empty()) return;
    const std::string name = folder.path() + "/" + files[random() % files.size()].name;
    const Descriptor file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    struct stat info {};
    if (!file.valid() || fstat(file.get(), &info) != 0 || info.st_size == 0) return;
    const auto at = static_cast<off_t>(random() % static_cast<u64>(info.st_size));
    const u64 noise = random();
    switch (random() % 3) {
        case 0:
            static_cast<void>(pwrite(file.get(), &noise, sizeof noise, at));
            return;
        case 1:
            static_cast<void>(ftruncate(file.get(), at));
            return;
        default:
            unlink(name.c_str());
    }
}

// Uses the folder until it finds something wrong.
int work(const std::string& path, u64 seed, bool damages) {
    std::mt19937_64 random(seed);
    CodeStore store(path, kLimit, test::kIdentity);
    const Folder folder(path, Folder::Missing::make);
    for (u64 puts = 0;;) {
        const u64 number = random() % kKeys;
        const auto found = store.find(key(store, number));
        if (found && *found != content(number, size_of(number))) return 1;
        if (!found) {
            store.put(key(store, number), content(number, size_of(number)));
            ++puts;
        }
        // Nothing but what is whole has a name, and nobody takes away what is being written.
        if (!damages && (store.counts().refused != 0 || store.counts().kept != puts)) return 3;
        if (damages) damage(folder, random);
        if (random() % 8 != 0) continue;
        const ProfileFile file(path, kGuest);
        if (!holds(file.earlier())) return 2;
        Profile profile;
        profile.add(region(number));
        file.add(profile);
    }
}

class Worker {
  public:
    Worker(const std::string& path, u64 seed, bool damages) : process_(fork()) {
        if (process_ == 0) _exit(work(path, seed, damages));
    }
    // Its status when it had to be killed.
    int kill() const {
        ::kill(process_, SIGKILL);
        int status = 0;
        EXPECT_EQ(waitpid(process_, &status, 0), process_);
        return status;
    }

  private:
    pid_t process_;
};

void race(const std::string& path, bool damages) {
    constexpr u64 kWorkers = 4;
    constexpr u64 kKills = 80;
    std::mt19937_64 random(damages);
    std::vector<Worker> workers;
    for (u64 i = 0; i < kWorkers; ++i) workers.emplace_back(path, i, damages);
    for (u64 i = 0; i < kKills; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
        Worker& worker = workers[random() % kWorkers];
        EXPECT_EQ(worker.kill(), SIGKILL);
        worker = Worker(path, kWorkers + i, damages);
    }
    for (const Worker& worker : workers) EXPECT_EQ(worker.kill(), SIGKILL);
}

TEST_F(KeptRace, KilledAtAnyMoment) {
    race(path, false);
    CodeStore store = open(kLimit);
    u64 found = 0;
    for (u64 i = 0; i < kKeys; ++i) {
        const auto bytes = store.find(key(store, i));
        if (!bytes) continue;
        ++found;
        EXPECT_EQ(*bytes, content(i, size_of(i)));
    }
    EXPECT_GT(found, 0u);
    EXPECT_EQ(store.counts().refused, 0u);
    const Profile profile = ProfileFile(path, kGuest).earlier();
    EXPECT_TRUE(holds(profile));
    EXPECT_FALSE(profile.regions().empty());
    const Folder folder(path, Folder::Missing::refuse);
    EXPECT_LE(evict(folder, kLimit), kLimit);
    for (const Folder::File& file : folder.files())
        EXPECT_TRUE(is_entry(file.name) || file.name == Folder::kLock) << file.name;
    EXPECT_TRUE(folder.try_lock({}).valid());
}

TEST_F(KeptRace, AmongThoseWhoDamageIt) {
    race(path, true);
    CodeStore store = open(kLimit);
    for (u64 i = 0; i < kKeys; ++i) {
        store.find(key(store, i));
        store.put(key(store, i), content(i, 10));
        EXPECT_EQ(store.find(key(store, i)), content(i, 10)) << i;
    }
}

}  // namespace
}  // namespace kiln::kept
