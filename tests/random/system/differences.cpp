#include <charconv>
#include <fmt/format.h>
#include <stdexcept>

#include "cpu/riscv/register_names.h"
#include "random/system/comparison.h"

namespace kiln::random_test {
namespace {

constexpr u64 kAccessed = 1 << 6;
constexpr size_t kWords = (SSTATE_SIZE + AREA_WINDOW_SIZE + SYSTEM_CODE_BYTES) / 4;

class Words32 {
  public:
    explicit Words32(std::string_view line) : words_(kWords) {
        if (line.size() != 8 * kWords) throw std::runtime_error("a malformed state was printed");
        for (size_t i = 0; i < kWords; ++i) {
            const char* first = line.data() + 8 * i;
            if (std::from_chars(first, first + 8, words_[i], 16).ptr != first + 8)
                throw std::runtime_error("a malformed state was printed");
        }
    }
    u64 slot(u64 offset) const { return words_[offset / 4] | u64{words_[offset / 4 + 1]} << 32; }

  private:
    std::vector<u32> words_;
};

}  // namespace

std::vector<Difference> system_differences(std::string_view first, std::string_view second) {
    const Words32 one(first), other(second);
    std::vector<Difference> found;
    const auto look = [&](std::string_view kind, const std::string& field, u64 offset) {
        if (one.slot(offset) != other.slot(offset))
            found.push_back({std::string(kind), field, one.slot(offset), other.slot(offset)});
    };
    look("traps", "number of traps", SSTATE_TRAPS);
    constexpr std::string_view kParts[] = {"cause", "epc", "tval"};
    for (u64 trap = 0; trap < SSTATE_MAX_TRAPS; ++trap)
        for (u64 part = 0; part < 3; ++part)
            look(kParts[part], fmt::format("{} of trap {}", kParts[part], trap),
                 SSTATE_TRAP + 24 * trap + 8 * part);
    look("count", "instructions until the traps, mixed", SSTATE_COUNT);
    for (size_t reg = 0; reg < 32; ++reg)
        look("x", std::string(riscv::kXNames[reg]), SSTATE_X + 8 * reg);
    for (size_t reg = 0; reg < 32; ++reg)
        look("f", std::string(riscv::kFNames[reg]), SSTATE_F + 8 * reg);
    look("fcsr", "fcsr", SSTATE_FCSR);
    look("mstatus", "mstatus", SSTATE_MSTATUS);
    for (size_t i = 0; i < SYSTEM_CSR_COUNT; ++i)
        look(system_csr_name(i), system_csr_name(i), SSTATE_CSRS + 8 * i);
    for (u64 i = 0; i < SYSTEM_PTE_COUNT; ++i) {
        const u64 at = SSTATE_PTES + 8 * i;
        look((one.slot(at) ^ kAccessed) == other.slot(at) ? "pte-accessed" : "pte",
             fmt::format("pte {}", i), at);
    }
    for (u64 at = 0; at < AREA_WINDOW_SIZE; at += 8)
        look("memory", fmt::format("window + {:#x}", at), SSTATE_SIZE + at);
    for (u64 at = 0; at < SYSTEM_CODE_BYTES; at += 8)
        look("memory", fmt::format("code + {:#x}", at), SSTATE_SIZE + AREA_WINDOW_SIZE + at);
    return found;
}

}  // namespace kiln::random_test
