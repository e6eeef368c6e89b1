#include "state.h"

#include <charconv>
#include <fmt/format.h>

#include "cpu/riscv/register_names.h"

namespace kiln::random_test {

std::optional<State> State::parse(std::string_view line) {
    State state;
    if (line.size() != 8 * state.words_.size()) return std::nullopt;
    for (size_t i = 0; i < state.words_.size(); ++i) {
        const char* first = line.data() + 8 * i;
        if (std::from_chars(first, first + 8, state.words_[i], 16).ptr != first + 8)
            return std::nullopt;
    }
    return state;
}

u64 State::slot(u64 offset) const { return words_[offset / 4] | u64{words_[offset / 4 + 1]} << 32; }

std::vector<Difference> differences(const State& kiln, const State& qemu) {
    std::vector<Difference> found;
    auto look = [&](std::string_view kind, const std::string& field, u64 offset) {
        if (kiln.slot(offset) != qemu.slot(offset))
            found.push_back({std::string(kind), field, kiln.slot(offset), qemu.slot(offset)});
    };
    look("traps", "number of traps", STATE_TRAPS);
    constexpr std::string_view kParts[] = {"cause", "epc", "tval"};
    for (u64 trap = 0; trap < STATE_MAX_TRAPS; ++trap)
        for (u64 part = 0; part < 3; ++part)
            look(kParts[part], fmt::format("{} of trap {}", kParts[part], trap),
                 STATE_TRAP + 24 * trap + 8 * part);
    for (size_t reg = 0; reg < 32; ++reg)
        look("x", std::string(riscv::kXNames[reg]), STATE_X + 8 * reg);
    for (size_t reg = 0; reg < 32; ++reg)
        look("f", std::string(riscv::kFNames[reg]), STATE_F + 8 * reg);
    look("fcsr", "fcsr", STATE_FCSR);
    for (u64 offset = 0; offset < WINDOW_SIZE; offset += 8)
        look("memory", fmt::format("memory at {:#x}", WINDOW + offset), STATE_SIZE + offset);
    return found;
}

}  // namespace kiln::random_test
