#include <cstdio>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/disasm.h"
#include "cpu/riscv/disassemble.h"
#include "cpu/riscv/isa.h"
#include "image/image.h"

namespace kiln {

int disasm_command(const DisasmRequest& request) {
    const unsigned xlen = request.isa.empty() ? 0 : riscv::Isa::parse(request.isa).xlen;
    const Image image = load_image(request.image, {request.load_address, xlen});
    const riscv::Isa isa = request.isa.empty()
                               ? riscv::Isa::everything(image.xlen == 0 ? 64 : image.xlen)
                               : riscv::Isa::parse(request.isa);
    list_image(
        image, request,
        [&](uint32_t bits, uint64_t address) { return riscv::disassemble(bits, address, isa); },
        [](std::string_view text) { fmt::print("{}", text); });
    return 0;
}

}  // namespace kiln
