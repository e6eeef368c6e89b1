// Checks native code against the interpreter (--audit).
//
// Both run from the same state, the interpreter first: its writes to RAM are noted and taken back.
// Neither does what could not be done twice, which is what native code leaves to the interpreter
// anyway, and helpers: there both stop, and the instruction runs once, afterwards.
//
// A block is checked by itself. A region, and what it leads to, is checked for as long as it runs,
// up to a limit: the interpreter first runs as far as native code can get at most, and again as far
// as it got.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "cpu/write_journal.h"
#include "jit/audit_report.h"
#include "jit/enter.h"
#include "jit/interp/op.h"
#include "jit/region_former.h"

namespace kiln {

template <Guest G>
class Audit final : public TlbOwner {
  public:
    using Hart = typename G::Hart;
    using Block = interp::Block<G>;
    // The block that hart.pc and the mode lead to, without side effects. No value: that is not
    // known without a fetch; nullptr: there is none.
    using Known = std::function<std::optional<const Block*>(const Hart&)>;

    Audit(Memory& memory, Known known)
        : memory_(memory), known_(std::move(known)), journal_(memory) {
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
    // More than the longest way through a region takes, in instructions.
    static constexpr i64 kLongest = 2 * RegionLimits{}.instructions;
    // Most that are checked at once.
    static constexpr i64 kMost = 2 * kLongest;

    // What a run leads to.
    struct Outcome {
        CpuState state;
        typename G::SlowState slow;
        std::vector<WriteJournal::Granule> ram;  // by the journal
        bool stopped;                            // in front of what is beyond the reach
        // Of the interpreter: native code cannot go on from there. Of native code: it stopped for
        // what is beyond the reach.
        bool at_end = false;
    };
    struct Step {
        const Block* block;
        u64 pc;
    };

    Outcome outcome(Hart& hart) const;
    void restore(Hart& hart, const Outcome& outcome) const;
    void set_budget(Hart& hart, i64 budget) const;
    Outcome interpret(Hart& hart, const Block& block, i64 most);
    void interpret_block(Hart& hart, const Block& block);
    std::optional<const Block*> follow(const Hart& hart) const;
    Outcome run_native(Hart& hart, const Block& block);
    void take_back(Hart& hart, const Outcome& before);
    void check(Hart& hart, const Block& block, const Outcome& before, Outcome& interpreted);
    bool leads_to_region(const Hart& hart) const;
    void compare(Hart& hart, const Block& block, const Outcome& before, const Outcome& interpreted,
                 const Outcome& compiled) const;
    void list_path(const Hart& hart, AuditedCode& report) const;
    template <class F>
    void for_each_value(const Outcome& before, const Outcome& interpreted, const Outcome& compiled,
                        F f) const;

    Memory& memory_;
    const Known known_;
    WriteJournal journal_;
    std::vector<Step> path_;  // that the interpreter took last
    // The interpreter's meanwhile, where every store asks; and what it holds the pages of.
    Tlb tlb_;
    std::pair<const Tlb*, u64> tlb_filled_for_{nullptr, kNoKey};
};

}  // namespace kiln
