#include "cli/host_features.h"

#include <array>
#include <cpuid.h>
#include <cstdint>

namespace kiln {
namespace {

enum Register { kEax, kEbx, kEcx, kEdx };

// State that the operating system has to save: bits of XCR0 (Intel SDM volume 1, 13.3).
constexpr uint32_t kNoState = 0;
constexpr uint32_t kAvxState = 0x6;      // XMM, YMM
constexpr uint32_t kAvx512State = 0xe6;  // and opmask, ZMM

// A bit of CPUID (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E).
struct Feature {
    const char* name;
    uint32_t leaf;
    Register reg;
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

// Registers of a leaf, sub-leaf 0; zero where the processor does not have it.
std::array<uint32_t, 4> cpuid(uint32_t leaf) {
    std::array<uint32_t, 4> r{};
    __get_cpuid_count(leaf, 0, &r[kEax], &r[kEbx], &r[kEcx], &r[kEdx]);
    return r;
}

uint32_t enabled_state() {
    constexpr uint32_t kOsxsave = 1U << 27;
    if ((cpuid(1)[kEcx] & kOsxsave) == 0) return 0;
    uint32_t low = 0;
    uint32_t high = 0;
    asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

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
