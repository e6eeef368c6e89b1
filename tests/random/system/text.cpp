#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

#include "random/sequence_text.h"
#include "random/system/case.h"

namespace kiln::random_test {
namespace {

constexpr std::string_view kCsrNames[] = {"medeleg",    "mideleg",    "mie",    "mip",
                                          "mcounteren", "scounteren", "satp",   "stvec",
                                          "sepc",       "sscratch",   "scause", "stval"};
constexpr u64 kMostPriv = 3;

std::string case_text(const SystemCase& test, const riscv::Isa& isa) {
    std::string text = fmt::format("hart\npriv {}\nmstatus {:#x}\ntimer {}\nshared {}\npmpcfg {}\n",
                                   static_cast<unsigned>(test.priv), test.mstatus, test.timer,
                                   test.shared ? 1 : 0, fmt::join(test.pmpcfg, " "));
    for (size_t i = 0; i < test.csrs.size(); ++i)
        if (test.csrs[i] != 0)
            text += fmt::format("csr {} {:#x}  # {}\n", i, test.csrs[i], system_csr_name(i));
    for (size_t i = 0; i < test.ptes.size(); ++i)
        text += fmt::format("pte {} {:#x}  # at {:#x}\n", i, test.ptes[i],
                            pte_address(i, isa.xlen == 32));
    return text + sequence_text(test.sequence, isa);
}

void read_case_line(const std::string& key, Words& words, const riscv::Isa& isa, SystemCase& test) {
    if (key == "priv") {
        const u64 priv = words.number(kMostPriv);
        if (priv == 2) throw std::runtime_error("there is no privilege mode 2");
        test.priv = static_cast<riscv::Priv>(priv);
    } else if (key == "mstatus") {
        test.mstatus = words.number();
    } else if (key == "timer") {
        test.timer = words.number(SYSTEM_MOST_TICKS);
    } else if (key == "shared") {
        test.shared = words.number(1) != 0;
    } else if (key == "pmpcfg") {
        for (u8& config : test.pmpcfg) config = static_cast<u8>(words.number(0x1f));
    } else if (key == "csr") {
        u64& csr = test.csrs[words.number(SYSTEM_CSR_COUNT - 1)];
        csr = words.number();
    } else if (key == "pte") {
        u64& pte = test.ptes[words.number(SYSTEM_PTE_COUNT - 1)];
        pte = words.number();
    } else if (!read_sequence_line(key, words, isa, test.sequence)) {
        throw std::runtime_error("unknown word " + key);
    }
}

void read_line(Words& words, Trial& trial) {
    const std::string key = words.next();
    if (key == "isa")
        trial.isa = riscv::Isa::parse(words.next());
    else if (key == "exact")
        trial.family = words.number(1) != 0 ? Family::kExact : Family::kAny;
    else if (key == "hart")
        trial.cases.emplace_back();
    else if (trial.cases.empty())
        throw std::runtime_error("no hart before " + key);
    else
        read_case_line(key, words, trial.isa, trial.cases.back());
}

}  // namespace

std::string system_csr_name(size_t slot) {
    return slot < std::size(kCsrNames) ? std::string(kCsrNames[slot])
                                       : fmt::format("pmpaddr{}", slot - std::size(kCsrNames));
}

std::string to_text(const Trial& trial) {
    std::string text = fmt::format("isa {}\nexact {}\n", trial.isa.to_string(),
                                   trial.family == Family::kExact ? 1 : 0);
    for (const SystemCase& test : trial.cases) text += case_text(test, trial.isa);
    return text;
}

Trial read_trial(std::istream& text) {
    Trial trial;
    read_lines(text, [&](Words& words) { read_line(words, trial); });
    const size_t harts = trial.cases.size();
    if (trial.isa.extensions == 0 || (harts != 1 && harts != 2 && harts != SYSTEM_HARTS))
        throw std::runtime_error("no isa, or not 1, 2 or 4 harts");
    for (const SystemCase& test : trial.cases)
        if (test.sequence.code.empty() || 4 * test.sequence.code.size() + 4 > SYSTEM_CODE_BYTES)
            throw std::runtime_error("no instructions, or too many of them");
    return trial;
}

}  // namespace kiln::random_test
