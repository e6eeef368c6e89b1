#include "cli/host_disassembler.h"

#include <capstone/capstone.h>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

namespace kiln {
namespace {

class Capstone {
  public:
    Capstone() {
        if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle_) != CS_ERR_OK)
            throw std::runtime_error("capstone knows no x86-64");
    }
    Capstone(const Capstone&) = delete;
    Capstone& operator=(const Capstone&) = delete;
    ~Capstone() { cs_close(&handle_); }
    csh get() const { return handle_; }

  private:
    csh handle_ = 0;
};

struct FreeInsn {
    void operator()(cs_insn* insn) const { cs_free(insn, 1); }
};

}  // namespace

std::string disassemble_host(std::span<const std::byte> code, u64 address) {
    const Capstone capstone;
    const std::unique_ptr<cs_insn, FreeInsn> insn(cs_malloc(capstone.get()));
    if (insn == nullptr) throw std::bad_alloc();
    const auto* at = reinterpret_cast<const uint8_t*>(code.data());
    size_t left = code.size();
    std::string text;
    while (left != 0) {
        if (cs_disasm_iter(capstone.get(), &at, &left, &address, insn.get())) {
            text += fmt::format("{:x}:  {} {}", insn->address, insn->mnemonic, insn->op_str);
            while (text.back() == ' ') text.pop_back();
        } else {
            text += fmt::format("{:x}:  .byte {:#04x}", address++, *at++);
            --left;
        }
        text += '\n';
    }
    return text;
}

}  // namespace kiln
