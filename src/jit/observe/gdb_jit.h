// Names of native code for gdb, by its JIT interface (gdb's manual, "JIT Compilation Interface"):
// gdb stops at __jit_debug_register_code and reads what the descriptor points to.
//
// Symbols are registered in groups, because gdb needs a while for each: a group takes in code as it
// is made and is registered anew with it, until it is full. Groups do not overlap.
#pragma once

#include <memory>
#include <unordered_map>

#include "jit/code_listener.h"
#include "jit/observe/symbol_elf.h"

namespace kiln {

class GdbJit final : public CodeListener {
  public:
    GdbJit();
    // Takes everything back.
    ~GdbJit() override;

    void on_space(std::span<const std::byte> memory) override;
    void on_code(const NativeCode& code) override;
    void on_ready() override;
    void on_gone(const std::byte* host) noexcept override;

  private:
    class Group;
    static constexpr size_t kGroup = 256;
    // Most bytes between pieces of code that share an ELF.
    static constexpr u64 kMostBetween = u64{64} << 10;

    std::vector<std::unique_ptr<Group>> groups_;  // the last one is not full yet
    std::unordered_map<const std::byte*, Group*> group_of_;
};

}  // namespace kiln
