// Runs a block of IR: a third opinion beside interpreter and backends, made to be obviously right.
#pragma once

#include <cstring>
#include <functional>
#include <vector>

#include "cpu/cpu_state.h"
#include "cpu/guest.h"
#include "jit/ir/block.h"

namespace kiln::ir_test {

// Operations on values, which are integers and encodings of floating-point numbers. `type` is that
// of the result, `from` that of the first operand.
struct Operation {
    ir::Opcode opcode;
    ir::Type type;
    ir::Type from;
    u64 imm;
};
u64 compute(const Operation& operation, u64 a, u64 b, u64 c, u32& fflags);

// Leaves state, pc and budget as the block would have them: budget is taken for each instruction
// that began. An access beyond CpuState::reach raises kBeyondReach. The block is valid.
template <Guest G>
class Evaluation {
  public:
    // Is told of the address of each load and store.
    using Watch = std::function<void(u64 address)>;

    Evaluation(const ir::Block& block, typename G::Hart& hart, Watch watch)
        : block_(block),
          hart_(hart),
          watch_(std::move(watch)),
          entry_(hart.pc),
          budget_(hart.budget) {}

    void run() {
        values_.resize(block_.insts.size());
        for (size_t i = 0; i < block_.insts.size(); ++i) {
            const ir::Inst& inst = block_.insts[i];
            if (stopping_ != nullptr && inst.point != stopping_->point) return stop();
            arrive(inst.point);
            values_[i] = execute(inst);
            if (hart_.trap_pending) return write(block_.exits_of(inst).fault);
            if (inst.opcode == ir::Opcode::exit_if && value(inst, 0) != 0) {
                hart_.pc = pc_at(static_cast<i64>(inst.imm));
                return write(block_.exits_of(inst).fault);
            }
            if (ir::may_stop(inst.opcode) && hart_.exit_request != 0 && stopping_ == nullptr)
                stopping_ = &inst;
        }
        const auto last = static_cast<u16>(block_.points.size() - 1);
        if (stopping_ != nullptr && stopping_->point != last) return stop();
        if (stopping_ != nullptr) write(block_.exits_of(*stopping_).stop);
        arrive(last);
        std::visit([&](const auto& terminal) { leave(terminal); }, block_.terminal);
    }

  private:
    // What was not done, and raised nothing, is beyond the reach.
    void check(bool done) {
        if (!done && !hart_.trap_pending) hart_.raise(kBeyondReach, 0);
    }

    u64 wrapped(u64 address) const { return address & ir::mask_of(block_.address); }
    u64 watched(u64 sum) const {
        const u64 address = wrapped(sum);
        if (watch_) watch_(address);
        return address;
    }
    u64 pc_at(i64 offset) const { return wrapped(entry_ + static_cast<u64>(offset)); }

    // pc and count as slow paths and helpers want them: exact.
    void arrive(u16 point) {
        hart_.pc = pc_at(block_.points[point].pc);
        hart_.budget = budget_ - block_.begun_with(point);
    }
    void write(ir::LiveRange range) {
        for (u32 i = 0; i < range.count; ++i) {
            const ir::LiveState& live = block_.live[range.first + i];
            put(live.offset, live.value);
        }
    }
    // Behind the instruction that asked for it.
    void stop() {
        write(block_.exits_of(*stopping_).stop);
        hart_.pc = pc_at(block_.pc_behind(stopping_->point));
        hart_.budget = budget_ - block_.begun_with(stopping_->point);
    }

    char* state(u64 offset) {
        return reinterpret_cast<char*>(static_cast<CpuState*>(&hart_)) + offset;
    }
    void put(u64 offset, ir::ValueId value) {
        std::memcpy(state(offset), &values_[value], size_of(value));
    }
    unsigned size_of(ir::ValueId id) const { return ir::bytes_of(block_.insts[id].type); }
    u64 value(const ir::Inst& inst, size_t operand) const {
        return values_[inst.operands[operand]];
    }

    u64 execute(const ir::Inst& inst) {
        using ir::Opcode;
        const unsigned size = ir::bytes_of(inst.type);
        u64 result = 0;
        switch (inst.opcode) {
            case Opcode::imm:
                return inst.imm;
            case Opcode::pc:
                return pc_at(static_cast<i64>(inst.imm));
            case Opcode::get:
                std::memcpy(&result, state(inst.imm), size);
                return result;
            case Opcode::set:
                put(inst.imm, inst.operands[0]);
                return 0;
            case Opcode::load:
                check(
                    G::load(hart_, watched(value(inst, 0) + inst.imm), size, result, hart_.reach));
                return result;
            case Opcode::store:
                check(G::store(hart_, watched(value(inst, 0) + inst.imm), size_of(inst.operands[1]),
                               value(inst, 1), hart_.reach));
                return 0;
            case Opcode::probe:
                G::probe(hart_, value(inst, 0), ir::probe_size(inst.imm),
                         ir::probe_access(inst.imm));
                return 0;
            case Opcode::load_reserved:
                G::load_reserved(hart_, value(inst, 0), size, result);
                return result;
            case Opcode::store_conditional: {
                bool stored = false;
                check(G::store_conditional(hart_, value(inst, 0), size_of(inst.operands[1]),
                                           value(inst, 1), stored, hart_.reach));
                return stored;
            }
            case Opcode::atomic_rmw:
                check(G::atomic_rmw(hart_, ir::atomic_op(inst.imm), value(inst, 0), size,
                                    value(inst, 1), result, hart_.reach));
                return result;
            case Opcode::atomic_cas:
                return compare_and_swap(inst, size);
            case Opcode::fence:
            case Opcode::exit_if:
                return 0;
            case Opcode::trap_if:
                if (value(inst, 0) != 0) hart_.raise(inst.imm, value(inst, 1));
                return 0;
            case Opcode::call:
                return block_.helpers[inst.imm]->function(hart_, value(inst, 0), value(inst, 1),
                                                          value(inst, 2));
            default:
                return pure(inst);
        }
    }

    u64 pure(const ir::Inst& inst) {
        u64 operands[3] = {};
        for (u8 n = 0; n < inst.arity(); ++n) operands[n] = value(inst, n);
        const ir::Type from = block_.insts[inst.operands[0]].type;
        return compute({inst.opcode, inst.type, from, inst.imm}, operands[0], operands[1],
                       operands[2], hart_.soft_fflags);
    }

    // One thread runs all harts, so that nothing comes in between. Rights are those of a store.
    u64 compare_and_swap(const ir::Inst& inst, unsigned size) {
        const u64 address = value(inst, 0);
        u64 old = 0;
        if (!G::probe(hart_, address, size, Access::kStore)) return 0;
        check(G::load(hart_, address, size, old, hart_.reach));
        const bool same = old == value(inst, 1);
        // What is beyond the reach is so whatever is there.
        if (same || hart_.reach == Reach::kPlainRam)
            check(G::store(hart_, address, size, same ? value(inst, 2) : old, hart_.reach));
        return old;
    }

    void leave(const ir::Jump& t) { hart_.pc = pc_at(t.offset); }
    void leave(const ir::Branch& t) {
        hart_.pc = pc_at(values_[t.condition] != 0 ? t.taken : t.not_taken);
    }
    void leave(const ir::IndirectJump& t) { hart_.pc = values_[t.target]; }
    void leave(const ir::Trap& t) { hart_.raise(t.cause, values_[t.value]); }
    void leave(const ir::HelperExit& t) {
        const auto [a, b, c] = t.arguments;
        block_.helpers[t.helper]->function(hart_, values_[a], values_[b], values_[c]);
    }

    const ir::Block& block_;
    typename G::Hart& hart_;
    const Watch watch_;
    const u64 entry_;
    const i64 budget_;
    std::vector<u64> values_;
    const ir::Inst* stopping_ = nullptr;  // the access that asked the run to end
};

template <Guest G>
void evaluate(const ir::Block& block, typename G::Hart& hart,
              typename Evaluation<G>::Watch watch = {}) {
    Evaluation<G>(block, hart, std::move(watch)).run();
}

}  // namespace kiln::ir_test
