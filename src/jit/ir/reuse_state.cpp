#include <algorithm>
#include <span>

#include "jit/ir/passes.h"
#include "jit/ir/state_map.h"

namespace kiln::ir {
namespace {

class ReuseState final : public ForwardPass {
  public:
    ReuseState() : ForwardPass({Opcode::get, Opcode::set, Opcode::call}) {}

    void begin() override { known_.clear(); }

    ValueId visit(const Inst& inst) override {
        if (inst.opcode == Opcode::get) return read(inst);
        if (inst.opcode == Opcode::set) {
            note(inst.imm, inst.operands[0]);
        } else {
            known_.clear();
        }
        return emit(inst);
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
        const u32 bytes = bytes_of(inst_of(value).type);
        if (StateMap::covers(offset, bytes)) known_.fill(offset, bytes, number(value, 0), 1);
    }

    ValueId read(const Inst& inst) {
        const u32 bytes = bytes_of(inst.type);
        if (!StateMap::covers(inst.imm, bytes)) return emit(inst);
        std::array<Piece, kMostPieces> pieces;
        const size_t count = collect(inst.imm, bytes, pieces);
        const ValueId value = count == 0 ? emit(inst) : join(inst.type, {pieces.data(), count});
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
        if (pieces.size() == 1 && inst_of(first.value).type == type) return first.value;
        const Type as_int = int_like(type);
        ValueId joined = kNoValue;
        for (const Piece& piece : pieces) {
            const ValueId part = place(as_int, piece);
            joined = joined == kNoValue ? part : emit_binary(Opcode::bit_or, as_int, joined, part);
        }
        return as_int == type ? joined : emit_unary(Opcode::bitcast, type, joined);
    }

    // A piece as an integer of the result's type, at its place, zeroes around it.
    ValueId place(Type type, const Piece& piece) {
        Type own = inst_of(piece.value).type;
        ValueId value = piece.value;
        if (is_float(own)) {
            own = int_like(own);
            value = emit_unary(Opcode::bitcast, own, value);
        }
        if (piece.from != 0) value = shift(Opcode::shr, own, value, piece.from);
        if (bits_of(own) > bits_of(type)) value = emit_unary(Opcode::trunc, type, value);
        if (bits_of(own) < bits_of(type)) value = emit_unary(Opcode::zext, type, value);
        if (piece.bytes < std::min(bytes_of(own) - piece.from, bytes_of(type))) {
            const u64 mask = (u64{1} << 8 * piece.bytes) - 1;
            value = emit_binary(Opcode::bit_and, type, value, emit_imm(type, mask));
        }
        return piece.to == 0 ? value : shift(Opcode::shl, type, value, piece.to);
    }
    ValueId shift(Opcode opcode, Type type, ValueId value, u32 bytes) {
        return emit_binary(opcode, type, value, emit_imm(type, u64{8} * bytes));
    }

    StateMap known_;
};

}  // namespace

std::unique_ptr<ForwardPass> make_reuse_state() { return std::make_unique<ReuseState>(); }

}  // namespace kiln::ir
