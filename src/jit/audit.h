// Checks native code against the interpreter, block by block (--audit).
//
// Both run the block from the same state, the interpreter first: its writes to RAM are noted and
// taken back. Neither does what could not be done twice, which is what native code leaves to the
// interpreter anyway, and helpers: there both stop, and the instruction runs once, afterwards.
#pragma once

#include <utility>

#include "cpu/write_journal.h"
#include "jit/audit_report.h"
#include "jit/enter.h"
#include "jit/interp/op.h"

namespace kiln {

template <Guest G>
class Audit final : public TlbOwner {
  public:
    using Hart = typename G::Hart;
    using Block = interp::Block<G>;

    explicit Audit(Memory& memory) : memory_(memory), journal_(memory) {
        memory.add_tlb_owner(*this);
    }

    // Runs `block`, which has native code and fits in the budget. Afterwards the state is as if
    // that had run alone; NativeState::exit says whether the interpreter is to do the next
    // instruction. Throws AuditFailure.
    void run(Hart& hart, Block& block);

    // Every store of the interpreter asks already.
    void guard_page(u64) noexcept override {}
    void drop_stores() noexcept override {}
    void drop_page(u64, bool) noexcept override { tlb_.flush(); }
    void drop_all() noexcept override { tlb_.flush(); }

  private:
    // What a run of the block leads to.
    struct Outcome {
        CpuState state;
        typename G::SlowState slow;
        std::vector<WriteJournal::Granule> ram;  // by the journal
        bool stopped;                            // in front of what is beyond the reach
    };

    Outcome outcome(Hart& hart) const;
    void restore(Hart& hart, const Outcome& outcome) const;
    Outcome interpret(Hart& hart, const Block& block);
    Outcome interpret_part(Hart& hart, const Block& block, unsigned count);
    Outcome run_native(Hart& hart, const Block& block);
    void take_back(Hart& hart, const Outcome& before);
    void compare(Hart& hart, const Block& block, const Outcome& before, const Outcome& interpreted,
                 const Outcome& compiled) const;
    template <class F>
    void for_each_value(const Outcome& before, const Outcome& interpreted, const Outcome& compiled,
                        F f) const;

    Memory& memory_;
    WriteJournal journal_;
    // The interpreter's meanwhile, where every store asks; and what it holds the pages of.
    Tlb tlb_;
    std::pair<const Tlb*, u64> tlb_filled_for_{nullptr, kNoKey};
};

}  // namespace kiln
