#include <algorithm>

#include "jit/ir/keep_if.h"
#include "jit/ir/passes.h"
#include "jit/ir/state_map.h"

namespace kiln::ir {
namespace {

// Finds the writes that one later write covers, with no read in between, and moves them into the
// exits in between.
class CoveredWrites {
  public:
    void remove(Block& block) {
        if (find(block)) move_into_exits(block);
    }

  private:
    using Index = u32;
    static constexpr Index kNobody = StateMap::kNothing;

    // A write that is left out, until the instruction that covers it.
    struct Pending {
        LiveState live;
        Index until;
    };
    // An access of the guest instruction under way.
    struct Waiting {
        Index inst;
        LiveRange old;
    };

    // Walks back with, for each byte of state, the next instruction that writes it, if nothing
    // reads it before.
    bool find(const Block& block) {
        covered_by_.assign(block.insts.size(), kNobody);
        writer_.clear();
        bool found = false;
        for (Index i = static_cast<Index>(block.insts.size()); i-- > 0;) {
            const Inst& inst = block.insts[i];
            if (inst.opcode == Opcode::call) writer_.clear();
            const bool writes = inst.opcode == Opcode::set;
            if (!writes && inst.opcode != Opcode::get) continue;
            const unsigned bytes =
                bytes_of(writes ? block.insts[inst.operands[0]].type : inst.type);
            if (!StateMap::covers(inst.imm, bytes)) continue;
            const Index covering = writer_[inst.imm];
            if (writes && covering != kNobody && writer_.holds(inst.imm, bytes, covering, 0)) {
                covered_by_[i] = covering;
                found = true;
            }
            writer_.fill(inst.imm, bytes, writes ? i : kNobody, 0);
        }
        return found;
    }

    void move_into_exits(Block& block) {
        std::swap(old_live_, block.live);
        block.live.clear();
        pending_.clear();
        u16 point = 0;
        for (Index i = 0; i < block.insts.size(); ++i) {
            Inst& inst = block.insts[i];
            if (inst.point != point) end_point(block);
            point = inst.point;
            if (inst.opcode == Opcode::set)
                std::erase_if(pending_, [&](const Pending& p) { return p.until == i; });
            if (covered_by_[i] != kNobody)
                pending_.push_back(
                    {{static_cast<u32>(inst.imm), inst.operands[0]}, covered_by_[i]});
            if (has_exits(inst.opcode)) fill_fault(block, i);
        }
        end_point(block);
        keep_if(block, [&](ValueId id) { return covered_by_[id] == kNobody; });
    }

    void fill_fault(Block& block, Index i) {
        const Inst& inst = block.insts[i];
        const SideExits old = block.exits_of(inst);
        if (const LiveRange live = collect(block, old.fault); live.count != 0)
            exits_of(block, i).fault = live;
        if (may_stop(inst.opcode)) waiting_.push_back({i, old.stop});
    }
    // The stop exits of a guest instruction are taken when it is done.
    void end_point(Block& block) {
        for (const Waiting& w : waiting_)
            if (const LiveRange live = collect(block, w.old); live.count != 0)
                exits_of(block, w.inst).stop = live;
        waiting_.clear();
    }
    // What is pending, and what was there before: a second run of the pass loses nothing.
    LiveRange collect(Block& block, LiveRange old) {
        const auto first = static_cast<u32>(block.live.size());
        for (u32 n = 0; n < old.count; ++n) block.live.push_back(old_live_[old.first + n]);
        for (const Pending& p : pending_) block.live.push_back(p.live);
        return {first, static_cast<u32>(block.live.size()) - first};
    }
    static SideExits& exits_of(Block& block, Index i) {
        Inst& inst = block.insts[i];
        if (inst.exits == kNoExits) {
            inst.exits = static_cast<u32>(block.exits.size());
            block.exits.emplace_back();
        }
        return block.exits[inst.exits];
    }

    std::vector<Index> covered_by_;  // by instruction: the write that covers it, or kNobody
    StateMap writer_;
    std::vector<LiveState> old_live_;
    std::vector<Pending> pending_;
    std::vector<Waiting> waiting_;
};

}  // namespace

void remove_covered_writes(Block& block) {
    thread_local CoveredWrites writes;
    writes.remove(block);
}

}  // namespace kiln::ir
