#include "cli/disasm.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>

#include "support/error.h"

namespace kiln {
namespace {

class Lister {
  public:
    Lister(const Image& image, uint64_t count, const Disassembler& disassemble, const TextSink& out)
        : image_(image), left_(count), disassemble_(disassemble), out_(out) {}

    void list(uint64_t address, std::span<const std::byte> code) {
        label_ = std::ranges::lower_bound(image_.functions, address, {}, &Symbol::address);
        while (!code.empty() && left_ != 0) {
            const size_t length = std::min(instruction_length(code), code.size());
            print_labels(address);
            print_line(address, code.first(length));
            address += length;
            code = code.subspan(length);
            --left_;
        }
    }

  private:
    // Instruction-length encoding: unprivileged ISA, "Base Instruction-Length Encoding".
    static size_t instruction_length(std::span<const std::byte> code) {
        return (std::to_integer<unsigned>(code[0]) & 3) == 3 ? 4 : 2;
    }

    // A label inside an instruction is shown before the next one.
    void print_labels(uint64_t address) {
        for (; label_ != image_.functions.end() && label_->address <= address; ++label_) {
            out_(fmt::format("\n{:016x} <{}>:\n", label_->address, label_->name));
        }
    }

    void print_line(uint64_t address, std::span<const std::byte> code) {
        uint32_t bits = 0;
        std::memcpy(&bits, code.data(), code.size());
        const bool whole = code.size() == instruction_length(code);
        out_(fmt::format("{:>12x}:  {:<8}  {}\n", address,
                         fmt::format("{:0{}x}", bits, 2 * code.size()),
                         whole ? disassemble_(bits, address) : ".byte"));
    }

    const Image& image_;
    uint64_t left_;
    const Disassembler& disassemble_;
    const TextSink& out_;
    std::vector<Symbol>::const_iterator label_;
};

}  // namespace

void list_image(const Image& image, const DisasmRequest& request, const Disassembler& disassemble,
                const TextSink& out) {
    Lister lister(image, request.count.value_or(std::numeric_limits<uint64_t>::max()), disassemble,
                  out);
    if (request.start) {
        const auto code = bytes_at(image, *request.start);
        if (code.empty()) {
            throw InputError(image.name, fmt::format("has no bytes at {:#x}", *request.start));
        }
        lister.list(*request.start, code);
        return;
    }
    for (const Segment& segment : image.segments) {
        if (segment.executable) lister.list(segment.virtual_address, segment.bytes);
    }
}

}  // namespace kiln
