#include "jit/ir/verifier.h"

#include <algorithm>
#include <fmt/format.h>

#include "cpu/cpu_state.h"
#include "jit/ir/names.h"
#include "jit/ir/text.h"

namespace kiln::ir {
namespace {

// Types that a letter of a signature allows.
bool in_class(char letter, Type type, Type address) {
    switch (letter) {
        case 'b':
            return type == Type::kI1;
        case 'n':
        case 'm':
            return is_int(type);
        case 'k':
            return is_int(type) || type == Type::kI1;
        case 'q':
            return type == Type::kI64;
        case 'f':
        case 'g':
            return is_float(type);
        case 'v':
        case 'w':
            return bytes_of(type) != 0;
        case 'a':
            return type == address;
        default:
            return type == Type::kNone;
    }
}

class Verifier {
  public:
    explicit Verifier(const Block& block) : block_(block) {}

    void verify() {
        check(block_.address == Type::kI32 || block_.address == Type::kI64,
              "addresses are i32 or i64");
        points();
        for (where_ = 0; where_ < block_.insts.size(); ++where_) inst(block_.insts[where_]);
        terminal();
    }

  private:
    void points() {
        check(!block_.points.empty(), "a block has a guest instruction");
        check(block_.points[0].begun == 0, "counting starts with 0");
        for (size_t i = 0; i < block_.points.size(); ++i) {
            const auto point = static_cast<u16>(i);
            const u32 begun = block_.points[i].begun;
            check(block_.pc_behind(point) >= block_.points[i].pc, "points ascend");
            check(block_.begun_with(point) - begun <= 1, "a point is at most one instruction");
        }
    }

    void inst(const Inst& i) {
        const OpcodeInfo& info = info_of(i.opcode);
        check(i.point < block_.points.size(), "an instruction belongs to a point");
        check(where_ == 0 || block_.insts[where_ - 1].point <= i.point,
              "instructions are in the order of points");
        signature(i, info);
        if (i.opcode == Opcode::zext || i.opcode == Opcode::sext)
            check(width(i.operands[0]) < bits_of(i.type), "an extension makes wider");
        if (i.opcode == Opcode::trunc)
            check(width(i.operands[0]) > bits_of(i.type), "a truncation makes narrower");
        if (i.opcode == Opcode::bitcast)
            check(width(i.operands[0]) == bits_of(i.type), "a bitcast keeps the width");
        immediate(i, info.immediate);
        // Else the fault exit's state would not be that in front of its guest instruction.
        check(!has_exits(i.opcode) || committed_ != i.point, "faults come before commits");
        if (i.opcode == Opcode::set) committed_ = i.point;
        if (i.exits != kNoExits) exits(i);
    }

    void signature(const Inst& i, const OpcodeInfo& info) {
        std::array<Type, 128> bound{};
        auto match = [&](char letter, Type type) {
            if (!in_class(letter, type, block_.address))
                fail(fmt::format("'{}' of the signature cannot be {}", letter, type_name(type)));
            Type& known = bound[static_cast<size_t>(letter)];
            if (known != Type::kNone && known != type)
                fail(fmt::format("'{}' of the signature is {} and {}", letter, type_name(known),
                                 type_name(type)));
            known = type;
        };
        match(info.result, i.type);
        for (u8 n = 0; n < kMaxOperands; ++n) {
            if (n >= info.arity) {
                check(i.operands[n] == kNoValue, "too many operands");
                continue;
            }
            used(i.operands[n], where_);
            match(info.operands[n], block_.insts[i.operands[n]].type);
        }
    }

    void immediate(const Inst& i, Imm kind) {
        switch (kind) {
            case Imm::kNone:
                return check(i.imm == 0, "there is no immediate");
            case Imm::kValue:
                return check((i.imm & ~mask_of(i.type)) == 0, "the constant has its type's bits");
            case Imm::kState:
                return state(i.imm, i.opcode == Opcode::set ? i.operands[0] : where_);
            case Imm::kRounding:
                return check(i.imm < kRoundingNames.size(), "the rounding mode exists");
            case Imm::kFlagBits:
                return check(i.imm < 32, "the flags exist");
            case Imm::kProbe:
                return check((i.imm & 0xff) < kAccessNames.size() && probe_size(i.imm) != 0,
                             "a probe has a kind and a size");
            case Imm::kOrder:
                return check(i.imm < kOrderNames.size(), "the order exists");
            case Imm::kAtomic:
                return check(
                    i.imm >> 8 < kAtomicNames.size() && (i.imm & 0xff) < kOrderNames.size(),
                    "the atomic operation and its order exist");
            case Imm::kFence:
                return check(i.imm >> kFenceNames.size() == 0, "the fence's bits exist");
            case Imm::kHelper:
                return check(i.imm < block_.helpers.size(), "the helper exists");
            case Imm::kOffset:
            case Imm::kCause:
                return;
        }
    }

    void exits(const Inst& i) {
        check(has_exits(i.opcode), "only what may leave the block has exits");
        check(i.exits < block_.exits.size(), "the exits exist");
        const SideExits& exits = block_.exits[i.exits];
        // The fault exit is taken in front of the operation, the stop exit behind the point.
        live(exits.fault, where_);
        check(may_stop(i.opcode) || exits.stop.count == 0, "the operation stops");
        size_t behind = where_;
        while (behind < block_.insts.size() && block_.insts[behind].point == i.point) ++behind;
        live(exits.stop, behind);
    }
    void live(LiveRange range, size_t before) {
        check(size_t{range.first} + range.count <= block_.live.size(), "the live state exists");
        for (u32 n = 0; n < range.count; ++n) {
            const LiveState& entry = block_.live[range.first + n];
            used(entry.value, before);
            state(entry.offset, entry.value);
        }
        for (u32 a = 0; a < range.count; ++a)
            for (u32 b = 0; b < a; ++b)
                check(!overlap(block_.live[range.first + a], block_.live[range.first + b]),
                      "live state is written once");
    }
    bool overlap(const LiveState& a, const LiveState& b) const {
        return a.offset < b.offset + width(b.value) / 8 && b.offset < a.offset + width(a.value) / 8;
    }

    void terminal() {
        where_ = block_.insts.size();
        for_each_value(block_.terminal, [&](const ValueId& id) { used(id, where_); });
        auto type = [&](ValueId id) { return block_.insts[id].type; };
        if (const auto* t = std::get_if<Branch>(&block_.terminal))
            check(type(t->condition) == Type::kI1, "a branch takes a condition");
        if (const auto* t = std::get_if<IndirectJump>(&block_.terminal))
            check(type(t->target) == block_.address, "a jump takes an address");
        if (const auto* t = std::get_if<Trap>(&block_.terminal))
            check(type(t->value) == block_.address, "a trap's value is an address");
        if (const auto* t = std::get_if<HelperExit>(&block_.terminal)) {
            check(t->helper < block_.helpers.size(), "the helper exists");
            for (ValueId id : t->arguments) check(type(id) == Type::kI64, "a helper takes i64");
        }
    }

    // `id` is used at `before`, where it must have been made.
    void used(ValueId id, size_t before) {
        check(id < before && block_.insts[id].type != Type::kNone,
              "a value is made before it is used");
    }
    void state(u64 offset, size_t value) {
        const u64 bytes = bytes_of(block_.insts[value].type);
        check(offset <= sizeof(CpuState) && sizeof(CpuState) - offset >= bytes,
              "the state lies in CpuState");
    }
    unsigned width(ValueId id) const { return bits_of(block_.insts[id].type); }

    void check(bool holds, std::string_view rule) const {
        if (!holds) fail(fmt::format("violates: {}", rule));
    }
    [[noreturn]] void fail(const std::string& complaint) const {
        throw InvalidBlock(fmt::format("{}instruction {}: {}", print(block_), where_, complaint));
    }

    const Block& block_;
    u32 committed_ = ~u32{0};  // the last guest instruction that has written state
    size_t where_ = 0;         // index of the instruction looked at
};

}  // namespace

void verify(const Block& block) { Verifier(block).verify(); }

}  // namespace kiln::ir
