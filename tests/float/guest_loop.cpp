#include "float/guest_loop.h"

#include <fmt/format.h>
#include <stdexcept>

#include "common/assemble_lines.h"
#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"

namespace kiln::float_test {
namespace {

constexpr u64 kRamBase = 0x80000000;
constexpr u64 kRamSize = u64{1} << 20;
constexpr u64 kVector = kRamBase + 0x100;
constexpr u64 kCode = kRamBase + 0x1000;
constexpr u64 kOperands = kRamBase + 0x20000;
constexpr u64 kAnswers = kRamBase + 0x80000;
constexpr u64 kOperandSize = 24, kAnswerSize = 16;
constexpr u64 kPoison = 0xdeadbeefdeadbeef;
constexpr u32 kMstatus = 0x300, kMtvec = 0x305;
constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12;

static_assert(kOperands + GuestLoop::kMost * kOperandSize <= kAnswers);
static_assert(kAnswers + GuestLoop::kMost * kAnswerSize <= kRamBase + kRamSize);

// The instruction, from f1, f2 and f3 or a3 to f0 or a3.
std::string text_of(const Operation& operation, Rounding mode, Source source) {
    const riscv::InsnInfo& info = insn_info(operation.id);
    std::string text = fmt::format("{} {}", info.mnemonic, operation.to_x ? "a3" : "f0");
    for (unsigned i = 0; i < operation.sources; ++i)
        text += operation.from_x ? ", a3" : fmt::format(", f{}", i + 1);
    if (!operation.rounds) return text;
    if (source == Source::kFrm) return text + ", dyn";
    return fmt::format("{}, {}", text, riscv::kRoundingNames[static_cast<size_t>(mode)]);
}

// What a turn does around the instruction.
std::vector<std::string> turn(const Operation& operation, const std::string& instruction,
                              bool rv32) {
    std::vector<std::string> lines;
    for (unsigned i = 0; i < operation.sources; ++i)
        lines.push_back(operation.from_x ? fmt::format("{} a3, 0(a0)", rv32 ? "lw" : "ld")
                                         : fmt::format("fld f{}, {}(a0)", i + 1, 8 * i));
    lines.insert(lines.end(),
                 {"csrrw zero, fflags, zero", instruction, "csrrs a4, fflags, zero",
                  operation.to_x ? (rv32 ? "sw a3, 0(a1)" : "sd a3, 0(a1)") : "fsd f0, 0(a1)",
                  "sw a4, 8(a1)", fmt::format("addi a0, a0, {}", kOperandSize),
                  fmt::format("addi a1, a1, {}", kAnswerSize)});
    return lines;
}

u64 word(const std::byte* from, unsigned size) {
    u64 value = 0;
    std::memcpy(&value, from, size);
    return value;
}

}  // namespace

GuestLoop::GuestLoop(const riscv::Isa& isa, const random_test::LaneKind& lane)
    : name_(fmt::format("rv{} {}", isa.xlen, lane.name)),
      memory_(kRamBase, kRamSize, bus_),
      hart_(0, isa, memory_, clock_),
      engine_(random_test::make_engine(isa, memory_, lane.setup)) {
    engine_->attach(hart_);
    memory_.store_ram(kVector, 4, 0x0000006f);  // stays there
    riscv::write_csr(hart_, kMtvec, kVector);
    riscv::write_csr(hart_, kMstatus, riscv::kMstatusFs);
}

u64 GuestLoop::load(const Operation& operation, Rounding mode, Source source) {
    std::vector<std::string> lines =
        turn(operation, text_of(operation, mode, source), hart_.is_rv32());
    lines.push_back(fmt::format("bne a1, a2, .-{}", 4 * lines.size()));
    const u64 length = lines.size();
    lines.push_back("jal zero, .+0");
    const std::vector<std::byte> code = test::assemble_lines(lines, hart_.isa, kCode);
    memory_.dma_write(kCode, code);
    end_ = kCode + code.size() - 4;
    return length;
}

void GuestLoop::put(std::span<const Sources> operands) {
    for (size_t i = 0; i < operands.size(); ++i) {
        for (size_t j = 0; j < 3; ++j)
            memory_.store_ram(kOperands + i * kOperandSize + 8 * j, 8, operands[i][j]);
        for (size_t j = 0; j < 2; ++j)
            memory_.store_ram(kAnswers + i * kAnswerSize + 8 * j, 8, kPoison);
    }
}

std::vector<Answer> GuestLoop::run(const Operation& operation, Rounding mode, Source source,
                                   std::span<const Sources> operands) {
    const u64 length = load(operation, mode, source);
    put(operands);
    const unsigned frm = static_cast<unsigned>(mode);
    hart_.set_frm(source == Source::kFrm ? frm : (frm + 1) % 5);
    hart_.set_x(kA0, kOperands);
    hart_.set_x(kA1, kAnswers);
    hart_.set_x(kA2, kAnswers + operands.size() * kAnswerSize);
    hart_.pc = kCode;
    hart_.update_context();
    const u64 end = hart_.begun() + length * operands.size();
    while (hart_.begun() < end) engine_->run(hart_, static_cast<i64>(end - hart_.begun()));
    if (hart_.pc != end_)
        throw std::runtime_error(fmt::format("{}: {}: the guest stopped at {:#x}, cause {}", name_,
                                             text_of(operation, mode, source), hart_.pc,
                                             hart_.mcause));
    std::vector<Answer> answers;
    const unsigned width = operation.to_x ? hart_.isa.xlen / 8 : 8;
    for (size_t i = 0; i < operands.size(); ++i) {
        const std::byte* answer = memory_.host(kAnswers + i * kAnswerSize);
        answers.push_back({word(answer, width), static_cast<u32>(word(answer + 8, 4))});
    }
    return answers;
}

}  // namespace kiln::float_test
