#include "ir/translating_engine.h"

#include <algorithm>

#include "cpu/riscv/guest.h"
#include "jit/settle.h"
#include "jit/translate.h"

namespace kiln::ir_test {
namespace {

template <Guest G>
class TranslatingEngine final : public HartEngine, public WriteListener {
  public:
    TranslatingEngine(Memory& memory, const Preparation& preparation, const Engine& engine)
        : memory_(memory), preparation_(preparation), engine_(engine) {
        memory.add_listener(*this);
    }

    void attach(riscv::Hart&) override {}
    StopReason run(riscv::Hart& hart, i64 budget) override {
        hart.begun_limit = hart.begun() + static_cast<u64>(budget);
        hart.budget = budget;
        current_ = &hart;
        StopReason reason = StopReason::kBudget;
        while (settle<G>(hart, reason)) step(hart);
        current_ = nullptr;
        return reason;
    }
    void breakpoints_changed(const PageOffsets&) override {}
    EngineStats stats() const override { return {}; }
    BlockCounts counts(u64, u64) const noexcept override { return {}; }

    void guarded_write(u64, u64, u8) noexcept override {
        if (current_ != nullptr) current_->exit_request |= kExitCodeChanged;
    }

  private:
    // Code from one page, or one instruction that reaches over its end.
    struct Code {
        std::array<std::byte, kPageSize> bytes;
        size_t size;
        unsigned limit;
    };

    void step(riscv::Hart& hart) {
        Code code;
        if (!fetch(hart, code)) {
            --hart.budget;  // the instruction has begun, and its fetch trapped
            return;
        }
        const auto limit = static_cast<unsigned>(std::min<i64>(code.limit, hart.budget));
        DecodedBlock<G> decoded;
        decode_block(hart, std::span(code.bytes).first(code.size), G::mode(hart), limit, decoded);
        ir::Block block = translate(decoded);
        prepare(block, preparation_);
        engine_.run(block, hart);
    }

    bool fetch(riscv::Hart& hart, Code& code) {
        FetchPage page;
        if (!G::fetch(hart, hart.pc, G::kInsnAlignment, page)) return false;
        const u64 left = kPageSize - (page.physical & ~kPageMask);
        take(code, 0, page.physical, left);
        code.limit = page.uniform ? kMaxBlockInsns : 1;
        const size_t length = G::insn_length(code.bytes);
        if (length <= left) {
            return page.uniform || G::fetch(hart, hart.pc, static_cast<unsigned>(length), page);
        }
        const auto next = static_cast<typename G::Address>(hart.pc + left);
        const auto rest = static_cast<unsigned>(length - left);
        if (!G::fetch(hart, next, rest, page)) return false;
        take(code, left, page.physical, rest);
        code.limit = 1;
        return true;
    }
    // Writes to what was read end the run from now on.
    void take(Code& code, u64 at, u64 physical, u64 size) {
        std::copy_n(memory_.host(physical), size, code.bytes.begin() + static_cast<i64>(at));
        code.size = at + size;
        memory_.set_granules(physical, size, kGranuleCode);
    }

    Memory& memory_;
    const Preparation& preparation_;
    const Engine& engine_;
    riscv::Hart* current_ = nullptr;
};

}  // namespace

std::unique_ptr<HartEngine> make_translating_engine(unsigned xlen, Memory& memory,
                                                    const Preparation& preparation,
                                                    const Engine& engine) {
    if (xlen == 32)
        return std::make_unique<TranslatingEngine<riscv::Rv32>>(memory, preparation, engine);
    return std::make_unique<TranslatingEngine<riscv::Rv64>>(memory, preparation, engine);
}

}  // namespace kiln::ir_test
