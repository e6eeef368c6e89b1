// Feeds any bytes to the readers of kept code: as an entry's file, as a profile, and, so that more
// than the checksum is looked at, as the content of an entry that is whole. What is accepted as a
// profile is used: it is looked through for seeds, saved, and merged.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "cpu/tlb.h"
#include "fuzz/require.h"
#include "jit/kept/entry_file.h"
#include "jit/kept/warm_start.h"

namespace kiln::kept {
namespace {

enum Kind : uint8_t { kFile, kProfile, kContent };

constexpr std::string_view kIdentity = "identity";

void read_file(std::span<const std::byte> file, const EntryName& name) {
    try {
        const auto content = entry_content(file, name);
        require(content.data() >= file.data() &&
                    content.data() + content.size() == file.data() + file.size(),
                "the content is the end of the file");
        require(file.size() == entry_size(name, content), "the file is whole");
        const std::vector<std::byte> header = entry_header(name, content);
        require(std::ranges::equal(header, file.first(header.size())),
                "what is accepted was written so");
    } catch (const StateError&) {
    }
}

void read_content(std::span<const std::byte> content) {
    const EntryName name{{}, kIdentity};
    std::vector<std::byte> file = entry_header(name, content);
    const auto identity = std::as_bytes(std::span(kIdentity));
    file.insert(file.end(), identity.begin(), identity.end());
    file.insert(file.end(), content.begin(), content.end());
    require(std::ranges::equal(entry_content(file, name), content), "what was put is found");
    // Any change is noticed, wherever it is.
    if (content.empty()) return;
    const auto at = static_cast<size_t>(content[0]) * 257 % file.size();
    file[at] ^= std::byte{1};
    try {
        entry_content(file, name);
        require(false, "what was changed is refused");
    } catch (const StateError&) {
    }
}

void use(const Profile& profile, std::span<const std::byte> code) {
    const WarmStart warm(profile);
    for (const ProfileRegion& region : profile.regions())
        for (const ProfileRegion* found : warm.find(region.physical, region.mode, code))
            require(is_code_of(found->blocks.front(), code) && found->mode == region.mode &&
                        (found->physical - region.physical) % kPageSize == 0,
                    "seeds are found by their bytes, their mode and their place in the page");
}

void read_profile(std::span<const std::byte> bytes) {
    try {
        Profile profile = Profile::load(bytes);
        const size_t regions = profile.regions().size();
        require(regions <= Profile::kMostRegions, "there are no more regions than may be");
        use(profile, bytes.first(std::min<size_t>(bytes.size(), kPageSize)));
        const Profile again = Profile::load(profile.save());
        require(again.regions().size() == regions, "what is saved is loaded");
        profile.age();
        for (const ProfileRegion& region : again.regions()) profile.add(region);
        require(profile.regions().size() <= regions, "the same regions are merged");
    } catch (const StateError&) {
    }
}

}  // namespace
}  // namespace kiln::kept

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace kiln::kept;
    if (size == 0) return 0;
    const auto input = std::as_bytes(std::span(data + 1, size - 1));
    switch (*data % 3) {
        case kFile:
            read_file(input, {Key(), kIdentity});
            break;
        case kProfile:
            read_profile(input);
            break;
        default:
            read_content(input);
    }
    return 0;
}
