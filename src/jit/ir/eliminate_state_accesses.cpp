#include <algorithm>
#include <span>

#include "jit/ir/passes.h"
#include "jit/ir/rewriter.h"
#include "jit/ir/state_map.h"

namespace kiln::ir {
namespace {

// Replaces reads by values that are known.
class Reads {
  public:
    explicit Reads(Block& block) : rewriter_(block) {}

    void run() {
        rewriter_.run([&](const Inst& inst) {
            switch (inst.opcode) {
                case Opcode::get:
                    return read(inst);
                case Opcode::set:
                    note(inst.imm, inst.operands[0]);
                    return rewriter_.emit(inst);
                case Opcode::call:
                    known_.clear();
                    return rewriter_.emit(inst);
                default:
                    return rewriter_.emit(inst);
            }
        });
    }

  private:
    // Bytes of one value that lie together in the state that is read.
    struct Piece {
        ValueId value;
        u32 from;  // first byte in the value
        u32 to;    // first byte in the result
        u32 bytes;
    };
    static constexpr size_t kMostPieces = 3;

    // A byte of a value as one number.
    static constexpr u32 kBytesOfValue = 32;  // more than any has, so that two values never join
    static u32 number(ValueId value, u32 byte) { return value * kBytesOfValue + byte; }
    static ValueId value_of(u32 number) { return number / kBytesOfValue; }
    static u32 byte_of(u32 number) { return number % kBytesOfValue; }

    void note(u64 offset, ValueId value) {
        const u32 bytes = bytes_of(rewriter_[value].type);
        if (StateMap::covers(offset, bytes)) known_.fill(offset, bytes, number(value, 0), 1);
    }

    ValueId read(const Inst& inst) {
        const u32 bytes = bytes_of(inst.type);
        if (!StateMap::covers(inst.imm, bytes)) return rewriter_.emit(inst);
        std::array<Piece, kMostPieces> pieces;
        const size_t count = collect(inst.imm, bytes, pieces);
        const ValueId value =
            count == 0 ? rewriter_.emit(inst) : join(inst.type, {pieces.data(), count});
        note(inst.imm, value);
        return value;
    }

    // 0: not all bytes are known, or from too many values.
    size_t collect(u64 offset, u32 bytes, std::array<Piece, kMostPieces>& pieces) const {
        const u32 first = known_[offset];
        if (first == StateMap::kNothing) return 0;
        if (known_.holds(offset, bytes, first, 1)) {
            pieces[0] = {value_of(first), byte_of(first), 0, bytes};
            return 1;
        }
        size_t count = 0;
        for (u32 i = 0; i < bytes; ++i) {
            const u32 known = known_[offset + i];
            if (known == StateMap::kNothing) return 0;
            if (count != 0 && known == known_[offset + i - 1] + 1) {
                ++pieces[count - 1].bytes;
                continue;
            }
            if (count == kMostPieces) return 0;
            pieces[count++] = {value_of(known), byte_of(known), i, 1};
        }
        return count;
    }

    ValueId join(Type type, std::span<const Piece> pieces) {
        const Piece& first = pieces[0];
        if (pieces.size() == 1 && rewriter_[first.value].type == type) return first.value;
        const Type as_int = int_like(type);
        ValueId joined = kNoValue;
        for (const Piece& piece : pieces) {
            const ValueId part = place(as_int, piece);
            joined = joined == kNoValue
                         ? part
                         : rewriter_.emit_binary(Opcode::bit_or, as_int, joined, part);
        }
        return as_int == type ? joined : rewriter_.emit_unary(Opcode::bitcast, type, joined);
    }

    // A piece as an integer of the result's type, at its place, zeroes around it.
    ValueId place(Type type, const Piece& piece) {
        Type own = rewriter_[piece.value].type;
        ValueId value = piece.value;
        if (is_float(own)) {
            own = int_like(own);
            value = rewriter_.emit_unary(Opcode::bitcast, own, value);
        }
        if (piece.from != 0) value = shift(Opcode::shr, own, value, piece.from);
        if (bits_of(own) > bits_of(type)) value = rewriter_.emit_unary(Opcode::trunc, type, value);
        if (bits_of(own) < bits_of(type)) value = rewriter_.emit_unary(Opcode::zext, type, value);
        if (piece.bytes < std::min(bytes_of(own) - piece.from, bytes_of(type))) {
            const u64 mask = (u64{1} << 8 * piece.bytes) - 1;
            value =
                rewriter_.emit_binary(Opcode::bit_and, type, value, rewriter_.emit_imm(type, mask));
        }
        return piece.to == 0 ? value : shift(Opcode::shl, type, value, piece.to);
    }
    ValueId shift(Opcode opcode, Type type, ValueId value, u32 bytes) {
        return rewriter_.emit_binary(opcode, type, value, rewriter_.emit_imm(type, u64{8} * bytes));
    }

    Rewriter rewriter_;
    StateMap known_;
};

// Finds the writes that one later write covers, with no read in between, and moves them into the
// exits in between.
class Writes {
  public:
    explicit Writes(Block& block) : block_(block), covered_by_(block.insts.size(), kNobody) {}

    void run() {
        if (find_covered()) move_into_exits();
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
    bool find_covered() {
        StateMap writer;
        bool found = false;
        for (Index i = static_cast<Index>(block_.insts.size()); i-- > 0;) {
            const Inst& inst = block_.insts[i];
            if (inst.opcode == Opcode::call) writer.clear();
            const bool writes = inst.opcode == Opcode::set;
            if (!writes && inst.opcode != Opcode::get) continue;
            const unsigned bytes =
                bytes_of(writes ? block_.insts[inst.operands[0]].type : inst.type);
            if (!StateMap::covers(inst.imm, bytes)) continue;
            const Index covering = writer[inst.imm];
            if (writes && covering != kNobody && writer.holds(inst.imm, bytes, covering, 0)) {
                covered_by_[i] = covering;
                found = true;
            }
            writer.fill(inst.imm, bytes, writes ? i : kNobody, 0);
        }
        return found;
    }

    void move_into_exits() {
        old_live_ = std::move(block_.live);
        block_.live.clear();
        u16 point = 0;
        for (Index i = 0; i < block_.insts.size(); ++i) {
            Inst& inst = block_.insts[i];
            if (inst.point != point) end_point();
            point = inst.point;
            if (inst.opcode == Opcode::set)
                std::erase_if(pending_, [&](const Pending& p) { return p.until == i; });
            if (covered_by_[i] != kNobody)
                pending_.push_back(
                    {{static_cast<u32>(inst.imm), inst.operands[0]}, covered_by_[i]});
            if (has_exits(inst.opcode)) fill_fault(i);
        }
        end_point();
        Rewriter rewriter(block_);
        Index at = 0;
        rewriter.run([&](const Inst& inst) {
            return covered_by_[at++] == kNobody ? rewriter.emit(inst) : kNoValue;
        });
    }

    void fill_fault(Index i) {
        const Inst& inst = block_.insts[i];
        const SideExits old = block_.exits_of(inst);
        if (const LiveRange live = collect(old.fault); live.count != 0) exits_of(i).fault = live;
        if (may_stop(inst.opcode)) waiting_.push_back({i, old.stop});
    }
    // The stop exits of a guest instruction are taken when it is done.
    void end_point() {
        for (const Waiting& w : waiting_)
            if (const LiveRange live = collect(w.old); live.count != 0)
                exits_of(w.inst).stop = live;
        waiting_.clear();
    }
    // What is pending, and what was there before: a second run of the pass loses nothing.
    LiveRange collect(LiveRange old) {
        const auto first = static_cast<u32>(block_.live.size());
        for (u32 n = 0; n < old.count; ++n) block_.live.push_back(old_live_[old.first + n]);
        for (const Pending& p : pending_) block_.live.push_back(p.live);
        return {first, static_cast<u32>(block_.live.size()) - first};
    }
    SideExits& exits_of(Index i) {
        Inst& inst = block_.insts[i];
        if (inst.exits == kNoExits) {
            inst.exits = static_cast<u32>(block_.exits.size());
            block_.exits.emplace_back();
        }
        return block_.exits[inst.exits];
    }

    Block& block_;
    std::vector<Index> covered_by_;  // by instruction: the write that covers it, or kNobody
    std::vector<LiveState> old_live_;
    std::vector<Pending> pending_;
    std::vector<Waiting> waiting_;
};

}  // namespace

void eliminate_state_accesses(Block& block) {
    Reads(block).run();
    Writes(block).run();
}

}  // namespace kiln::ir
