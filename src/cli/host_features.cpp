#include "cli/host_features.h"

#include <cstdint>

#include "support/cpuid.h"

namespace kiln {
namespace {

// State that the operating system has to save: bits of XCR0 (Intel SDM volume 1, 13.3).
constexpr uint32_t kNoState = 0;
constexpr uint32_t kAvxState = 0x6;      // XMM, YMM
constexpr uint32_t kAvx512State = 0xe6;  // and opmask, ZMM

// A bit of CPUID (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E).
struct Feature {
    const char* name;
    uint32_t leaf;
    CpuidRegister reg;
    unsigned bit;
    uint32_t state;
};
constexpr Feature kFeatures[] = {
    {"sse4.2", 1, kEcx, 20, kNoState},
    {"popcnt", 1, kEcx, 23, kNoState},
    {"lzcnt", 0x8000'0001, kEcx, 5, kNoState},
    {"bmi1", 7, kEbx, 3, kNoState},
    {"bmi2", 7, kEbx, 8, kNoState},
    {"avx2", 7, kEbx, 5, kAvxState},
    {"fma", 1, kEcx, 12, kAvxState},
    {"f16c", 1, kEcx, 29, kAvxState},
    {"avx512f", 7, kEbx, 16, kAvx512State},
};

}  // namespace

std::vector<std::string> host_features() {
    const uint32_t state = enabled_state();
    std::vector<std::string> names;
    for (const Feature& feature : kFeatures) {
        const bool present = (cpuid(feature.leaf)[feature.reg] >> feature.bit & 1) != 0;
        if (present && (state & feature.state) == feature.state) names.push_back(feature.name);
    }
    return names;
}

}  // namespace kiln
