#include "jit/llvm_backend/streams.h"

#include <algorithm>

namespace kiln::llvm_backend {

using ir::Inst;
using ir::Opcode;

namespace {

constexpr size_t kMostStreams = 6;
// What one iteration of a stream touches, at most, and what its stores do.
constexpr i64 kMostTouched = 2048;
constexpr i64 kMostStored = 256;
// How far a register moves in an iteration, at most.
constexpr i64 kMostStep = 1024;
constexpr i64 kFarthest = i64{1} << 30;

// What the streams of a block cannot be with.
bool is_call(const Inst& inst) {
    return ir::has_exits(inst.opcode) && inst.opcode != Opcode::load &&
           inst.opcode != Opcode::store && inst.opcode != Opcode::exit_if &&
           inst.opcode != Opcode::trap_if;
}

class StreamFinder {
  public:
    StreamFinder(const ir::Block& block, const std::vector<bool>& words)
        : block_(block), values_(block), moves_(words.size()), wild_(words) {
        wild_.flip();
    }

    Streams find() {
        for (const Inst& inst : block_.insts)
            if (inst.opcode == Opcode::set && inst.imm < sizeof(CpuState::regs)) look_at(inst);
        found_.stream_of.assign(block_.insts.size(), Streams::kNone);
        for (ir::ValueId id = 0; id < block_.insts.size(); ++id) {
            const Inst& inst = block_.insts[id];
            const bool store = inst.opcode == Opcode::store;
            if (!store && inst.opcode != Opcode::load) continue;
            const ir::Type type = store ? block_.insts[inst.operands[1]].type : inst.type;
            if (const auto& base = values_[inst.operands[0]])
                found_.stream_of[id] =
                    add(*base, static_cast<i64>(inst.imm), ir::bytes_of(type), store);
        }
        return std::move(found_);
    }

  private:
    // How an iteration changes a register. The last write counts.
    void look_at(const Inst& set) {
        const size_t slot = set.imm / 8;
        const std::optional<Linear>& value = values_[set.operands[0]];
        const i64 by = value ? static_cast<i64>(value->constant) : 0;
        const bool moves = set.imm % 8 == 0 && value && std::abs(by) <= kMostStep &&
                           value->terms == std::vector<Linear::Term>{{set.imm, 1}};
        if (!moves) wild_[slot] = true;
        moves_[slot] = by;
    }

    // The stream that an access joins; kNone: it does not move by a constant, or is beyond what is
    // done.
    u8 add(const Linear& base, i64 offset, unsigned bytes, bool store) {
        const auto wild = [&](const Linear::Term& term) { return wild_[term.offset / 8]; };
        const i64 low = static_cast<i64>(base.constant) + offset;
        if (base.terms.empty() || std::ranges::any_of(base.terms, wild) ||
            std::abs(low) > kFarthest)
            return Streams::kNone;
        Stream made{
            .place = base.terms, .touched = {low, low + i64{bytes}}, .stored = {}, .loads = !store};
        for (const Linear::Term& term : base.terms)
            made.step += moves_[term.offset / 8] * term.factor;
        if (store) made.stored = made.touched;
        return join(made);
    }

    u8 join(const Stream& made) {
        std::vector<Stream>& streams = found_.streams;
        for (Stream& stream : streams) {
            if (stream.place != made.place) continue;
            Stream both = stream;
            both.touched.include(made.touched);
            both.stored.include(made.stored);
            both.loads |= made.loads;
            if (both.touched.size() > kMostTouched || both.stored.size() > kMostStored) continue;
            stream = both;
            return static_cast<u8>(&stream - streams.data());
        }
        if (streams.size() == kMostStreams) return Streams::kNone;
        streams.push_back(made);
        return static_cast<u8>(streams.size() - 1);
    }

    const ir::Block& block_;
    const LinearValues values_;
    std::vector<i64> moves_;  // by slot: how far an iteration moves it
    std::vector<bool> wild_;  // by slot: may not be in a place
    Streams found_;
};

}  // namespace

void ByteRange::include(const ByteRange& other) {
    if (other.size() == 0) return;
    *this = size() == 0 ? other : ByteRange{std::min(low, other.low), std::max(high, other.high)};
}

u32 iterations_of(const ir::RegionBlock& block, ir::RegionIndex index) {
    if (block.taken == 0) return 1;
    if (block.next == index) return ir::kAllWays / (ir::kAllWays - block.taken);
    return block.not_taken == index ? ir::kAllWays / block.taken : 1;
}

// An access's own check, or the count of an iteration, is a unit. (The factor is for registers,
// which what was found out takes.)
bool pays(const Streams& streams, u32 iterations, bool direct) {
    if (streams.streams.empty()) return false;
    const auto accesses = std::ranges::count_if(streams.stream_of,
                                                [](u8 stream) { return stream != Streams::kNone; });
    const u64 spared = u64{iterations} * (static_cast<u64>(accesses) + 1);
    const u64 count = streams.streams.size();
    return spared >= 2 * (direct ? 2 + count : 4 + 4 * count);
}

Streams find_streams(const ir::Block& block, const std::vector<bool>& words) {
    if (block.address != ir::Type::kI64 || std::ranges::any_of(block.insts, is_call)) return {};
    return StreamFinder(block, words).find();
}

}  // namespace kiln::llvm_backend
