#include "random/lanes/case.h"

#include "random/generator.h"

namespace kiln::random_test {
namespace {

constexpr unsigned kLongest = 48;
constexpr i64 kNeverCut = 1 << 20;

u8 random_data_rights(Rng& rng) {
    if (rng.percent(80)) return kRead | kWrite;
    return rng.percent(50) ? kRead : u8{0};
}

std::array<u8, 4> random_rights(Rng& rng, bool writable_code) {
    const u8 code = writable_code ? kRead | kWrite | kExecute : kRead | kExecute;
    const u8 second = rng.percent(90) ? code : kRead;
    return {kRead | kWrite, random_data_rights(rng), code, second};
}

// Mostly so that the code crosses into the second page.
u32 random_offset(Rng& rng, bool compressed) {
    if (rng.percent(30)) return 0;
    const u64 before = rng.below(4 * kLongest);
    return static_cast<u32>(kPageSize - (before & ~u64{compressed ? 1u : 3u}));
}

Setting random_setting(Rng& rng, bool compressed) {
    Setting setting;
    setting.paged = rng.percent(50);
    setting.rights = random_rights(rng, rng.percent(40));
    setting.code_offset = random_offset(rng, compressed);
    setting.slice = rng.percent(50)   ? kNeverCut
                    : rng.percent(50) ? rng.between(1, 9)
                                      : rng.between(10, 200);
    setting.instructions = rng.below(600) + 20;
    setting.runs = static_cast<unsigned>(rng.between(1, 4));
    return setting;
}

}  // namespace

Case make_case(const riscv::Isa& isa, const std::optional<std::string>& profile, u64 seed) {
    Rng rng(seed);
    Case test;
    test.isa = isa;
    test.setting = random_setting(rng, isa.has(riscv::Ext::kC));
    const std::vector<std::string> profiles = profile_names();
    const std::string& name = profile ? *profile : profiles[rng.below(profiles.size())];
    Generator generator({.isa = isa,
                         .profile = find_profile(name),
                         .rounding = std::nullopt,
                         .max_length = kLongest,
                         .loops = rng.percent(70),
                         .code_pointers = (test.setting.rights[2] & kWrite) != 0},
                        rng.bits());
    test.sequence = generator.next();
    return test;
}

}  // namespace kiln::random_test
