// The file of a profile: runs add to it, and what is damaged counts as none.
#include <thread>

#include "jit/kept/profile_file.h"
#include "unit/kept_rig.h"

namespace kiln::kept {
namespace {

using test::logged;

constexpr GuestKind kGuest = {0x8000'0000, 64};

class KeptProfileFile : public test::KeptFolder {
  protected:
    static ProfileRegion region(u64 mode, u64 heat) {
        return {0x8000'0000, mode, heat, {{0, 4, 7, 1}}};
    }
    // A run that found these hot.
    void run(std::initializer_list<ProfileRegion> regions) {
        Profile found;
        for (const ProfileRegion& one : regions) found.add(one);
        ProfileFile(path, kGuest).add(found);
    }
    std::vector<ProfileRegion> earlier(const GuestKind& guest = kGuest) const {
        const ProfileFile file(path, guest);
        return {file.earlier().regions().begin(), file.earlier().regions().end()};
    }
    std::string file() const {
        for (const Folder::File& one : Folder(path, Folder::Missing::refuse).files())
            if (one.name.ends_with(ProfileFile::kSuffix)) return path + "/" + one.name;
        return "";
    }
};

using Regions = std::vector<ProfileRegion>;

TEST_F(KeptProfileFile, RunsAddToIt) {
    EXPECT_EQ(earlier(), Regions());
    run({region(1, 100), region(2, 10)});
    EXPECT_EQ(earlier(), Regions({region(1, 100), region(2, 10)}));
    run({region(2, 60), region(3, 8)});
    EXPECT_EQ(earlier(), Regions({region(2, 65), region(1, 50), region(3, 8)}));
}

TEST_F(KeptProfileFile, ARunThatFoundNothingChangesNothing) {
    run({});
    EXPECT_EQ(file(), "");
    run({region(1, 100)});
    run({});
    EXPECT_EQ(earlier(), Regions({region(1, 100)}));
}

TEST_F(KeptProfileFile, IsOfOneKindOfGuest) {
    run({region(1, 100)});
    EXPECT_EQ(earlier({0x8000'0000, 32}), Regions());
    EXPECT_EQ(earlier({0x4000'0000, 64}), Regions());
    EXPECT_EQ(earlier().size(), 1u);
}

TEST_F(KeptProfileFile, RunsAtTheSameTimeAllCount) {
    ProfileFile early(path, kGuest);
    run({region(1, 100)});
    Profile found;
    found.add(region(2, 100));
    early.add(found);
    EXPECT_EQ(earlier(), Regions({region(2, 100), region(1, 50)}));
}

TEST_F(KeptProfileFile, DoesNotWaitForALockForEver) {
    run({region(1, 100)});
    const Descriptor lock = Folder(path, Folder::Missing::refuse).try_lock({});
    ASSERT_TRUE(lock.valid());
    run({region(2, 100)});
    EXPECT_EQ(earlier().size(), 2u);
}

TEST_F(KeptProfileFile, DamageMakesItEmpty) {
    run({region(1, 100)});
    const std::string name = file();
    const auto size = std::filesystem::file_size(name);
    for (u64 at = 0; at < size; ++at) {
        std::filesystem::resize_file(name, at);
        const std::string log = logged([&] { EXPECT_EQ(earlier(), Regions()); });
        EXPECT_NE(log.find(" is not used: "), std::string::npos) << at;
        run({region(1, 100)});
    }
    EXPECT_EQ(earlier(), Regions({region(1, 100)}));
}

TEST_F(KeptProfileFile, WithoutAFolderThereIsNone) {
    path = scratch.write("file", "");
    const std::string log = logged([&] {
        run({region(1, 100)});
        EXPECT_EQ(earlier(), Regions());
    });
    EXPECT_TRUE(log.starts_with("cache: no profile is read: " + path)) << log;
    EXPECT_EQ(scratch.read("file"), "");
}

}  // namespace
}  // namespace kiln::kept
