// Runs one case on one engine and compares the whole state with what the case says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cases/case.h"
#include "machine/hart_engine.h"

namespace kiln::cases {

// An engine that is compiled in.
struct EngineKind {
    std::string name;
    std::function<std::unique_ptr<HartEngine>(Memory&)> make_rv32;
    std::function<std::unique_ptr<HartEngine>(Memory&)> make_rv64;
};
const std::vector<EngineKind>& engines();

// Assembled code of a case for an ISA.
struct Code {
    std::vector<std::byte> bytes;
    std::vector<u32> encodings;
    std::vector<u64> addresses;
};
// Throws CaseError.
Code assemble_case(const Case& c, const riscv::Isa& isa);

// Runs the case three times: cold, again with warm caches, and one instruction at a time. Returns
// one line for each difference; none: passed. Throws CaseError for code that does not assemble.
std::vector<std::string> run_case(const Case& c, const riscv::Isa& isa, const EngineKind& kind);

}  // namespace kiln::cases
