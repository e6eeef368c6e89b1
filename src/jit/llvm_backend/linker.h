// Puts objects that LLVM made into the arena, by ORC's LLJIT.
#pragma once

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "jit/llvm_backend/code_arena.h"
#include "jit/native/fault_sites.h"

namespace kiln::llvm_backend {

// Names and host addresses.
using Symbols = std::vector<std::pair<std::string, u64>>;

// An object's code in its place.
struct LinkedCode {
    llvm::orc::JITDylib* library = nullptr;
    std::vector<u64> addresses;            // of the names that were asked for
    std::vector<CodeArena::Piece> pieces;  // all its memory
    std::vector<native::FaultSite> fault_sites;
};

// By one thread at a time.
class Linker {
  public:
    Linker(CodeArena& arena, const llvm::orc::JITTargetMachineBuilder& target);
    ~Linker();
    Linker(const Linker&) = delete;
    Linker& operator=(const Linker&) = delete;

    // An object file in memory.
    using Object = std::unique_ptr<llvm::MemoryBuffer>;

    // Puts an object in its place, which refers to `symbols` and has functions of the names that
    // are `wanted`. nullptr: there is no room.
    std::unique_ptr<LinkedCode> link(Object object, const Symbols& symbols,
                                     const std::vector<std::string>& wanted);
    // Gives its memory back.
    void remove(LinkedCode& code);

  private:
    class Memory;
    class FaultSection;

    std::optional<CodeArena::Piece> take(u64 size, bool is_code);
    void define(llvm::orc::JITDylib& library, const Symbols& symbols);

    CodeArena& arena_;
    std::unique_ptr<llvm::orc::LLJIT> jit_;
    LinkedCode* under_way_ = nullptr;  // what memory is taken for
    u64 count_ = 0;
};

}  // namespace kiln::llvm_backend
