#include <algorithm>
#include <iterator>

#include "cpu/riscv/csr.h"
#include "cpu/riscv/csr_numbers.h"

namespace kiln::riscv {
namespace {

using csr::Family;

struct CsrName {
    u32 number;
    std::string_view name;
};
constexpr CsrName kNames[] = {
#define CSR(number, name) {number, #name},
#include "cpu/riscv/csrs.inc"
#undef CSR
};

std::string csr_family_name(u32 number) {
    for (const Family& family : csr::kFamilies) {
        if (!csr::in(family, number)) continue;
        return std::string(family.prefix) + std::to_string(number - family.first + family.index) +
               (family.high ? "h" : "");
    }
    return {};
}

}  // namespace

std::string csr_name(u32 number) {
    const auto found = std::find_if(std::begin(kNames), std::end(kNames),
                                    [&](const CsrName& entry) { return entry.number == number; });
    return found != std::end(kNames) ? std::string(found->name) : csr_family_name(number);
}

int csr_number(std::string_view name) {
    for (const CsrName& entry : kNames)
        if (entry.name == name) return static_cast<int>(entry.number);
    for (const Family& family : csr::kFamilies)
        for (u32 i = 0; i < family.count; ++i)
            if (csr_family_name(family.first + i) == name)
                return static_cast<int>(family.first + i);
    return -1;
}

}  // namespace kiln::riscv
