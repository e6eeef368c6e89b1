// Loops of one block that are run for many iterations.
//
// Numbers that a loop writes are brought into one state in front of it, so that it need not keep in
// mind which they are in.
//
// Where it has streams, it is found out in front of an iteration for how many of them all streams
// stay in memory that may be reached straight: so many are run by a copy of the loop that does not
// check them, several one behind the other. Where there are few, the iteration is run by the loop's
// usual code.
#include <llvm/IR/MDBuilder.h>

#include "cpu/memory.h"
#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

namespace {

// A loop that runs so many has its numbers brought into one state.
constexpr u32 kManyIterations = 16;
// Most iterations that are checked at once.
constexpr u64 kMostIterations = 1 << 16;
// How far a direct stream may move in these.
constexpr u64 kReach = 2048;
// The copy has as many iterations one behind the other as make up so many instructions, and at most
// so many.
constexpr u64 kUnrolled = 40;
constexpr u64 kMostUnrolled = 4;
// How many iterations the copy runs, for weights.
constexpr u32 kUsualIterations = 32;
// What guard bytes are asked for at a time: eight of them.
constexpr i64 kGuardedAtOnce = 8 * static_cast<i64>(kGranuleSize);

}  // namespace

void Lowering::find_loops() {
    std::vector<bool> words(kRegisterSlots);
    for (const Slot& slot : slots_) words[slot.offset / 8] = slot.kind == SlotKind::kWord;
    loops_.resize(region_.blocks.size());
    for (ir::RegionIndex i = 0; i < loops_.size(); ++i) {
        const u32 iterations = iterations_of(region_.blocks[i], i);
        if (iterations == 1) continue;
        Streams streams = find_streams(region_.blocks[i].block, words);
        if (!pays(streams, iterations, site_.direct)) streams = {};
        const bool settles = iterations >= kManyIterations;
        if (streams.streams.empty() && !settles) continue;
        loops_[i].emplace();
        loops_[i]->streams = std::move(streams);
        loops_[i]->settles = settles;
    }
}

// How many iterations may follow the first where direct streams are checked for all of them at
// once.
u64 Lowering::direct_iterations(const Streams& streams) {
    u64 iterations = kMostIterations;
    for (const Stream& stream : streams.streams) {
        const auto step = static_cast<u64>(std::abs(stream.step));
        if (step == 0) continue;
        iterations = std::min(iterations, kReach / step);
        const auto guarded = static_cast<u64>(kGuardedAtOnce - stream.stored.size());
        if (stream.stored.size() != 0) iterations = std::min(iterations, guarded / step);
    }
    return iterations;
}

// The way into a loop from outside. It leaves where a number is in a state that is seldom, before
// the interpreter has run an iteration.
void Lowering::enter_loop() {
    if (loops_[index_]->settles) {
        Value* left = b_.CreateLoad(b_.getInt64Ty(), budget_);
        b_.CreateStore(b_.CreateSub(left, b_.getInt64(polls_.longest[index_])), budget_);
        for (const Slot& slot : slots_)
            if (is_number(slot.kind)) settle_number(slot);
        b_.CreateStore(left, budget_);
    }
    BasicBlock* iteration = BasicBlock::Create(context_, "iteration", function_);
    b_.CreateBr(iteration);
    b_.SetInsertPoint(iteration);
    loops_[index_]->head = iteration;
}

// How the block writes a slot that holds a number.
Lowering::NumberWrites Lowering::number_writes(const Slot& slot) const {
    NumberWrites writes;
    for (const Inst& inst : block_->insts) {
        if (inst.opcode != ir::Opcode::set || inst.imm != slot.offset) continue;
        const bool single = slot.kind == SlotKind::kSingle;
        const ValueId whole = inst.operands[0];
        const ValueId bits = single ? box::boxed_by(*block_, whole)->bits : whole;
        const bool raw =
            bits != ir::kNoValue && is_arithmetic(*block_, bits, single ? Type::kF32 : Type::kF64);
        (raw ? writes.arithmetic : writes.others) = true;
    }
    return writes;
}

// Brings a slot that the loop writes into the state in which an iteration leaves it: that of a
// number which the region has written, and where only arithmetic writes it, a result of that.
void Lowering::settle_number(const Slot& slot) {
    const NumberWrites writes = number_writes(slot);
    if (!writes.arithmetic && !writes.others) return;
    const auto leave_where = [this](Value* condition) {
        exit_where(condition, new_exit({}, 0, 0, native::kInterpret));
    };
    if (slot.kind == SlotKind::kSingle) {
        const SlotValue found = read_slot(slot);
        Value* boxed = b_.CreateICmpUGT(found.original, b_.getInt64(box::kBits - 1));
        leave_where(b_.CreateNot(b_.CreateOr(found.written, boxed)));
        b_.CreateStore(b_.getTrue(), slot.written);
    }
    if (writes.arithmetic && writes.others) return;
    const SlotValue found = read_slot(slot);
    if (writes.arithmetic) {
        // A number that is no NaN is canonical. (It is not compared: that may raise a flag.)
        const bool single = slot.kind == SlotKind::kSingle;
        Value* bits = b_.CreateShl(bits_of(found.value), 1);
        Value* infinity = single ? b_.getInt32(0xff000000) : b_.getInt64(u64{0xffe} << 52);
        Value* nan = b_.CreateICmpUGT(bits, infinity);
        leave_where(b_.CreateAnd(nan, b_.CreateNot(found.raw)));
    } else {
        b_.CreateStore(settled(found), slot.value);
    }
    b_.CreateStore(b_.getInt1(writes.arithmetic), slot.raw);
}

// Behind the poll of a loop with streams: goes to the copy, or on with the usual code.
void Lowering::check_streams() {
    BasicBlock* usual = BasicBlock::Create(context_, "usual", function_);
    const u64 count = block_->count;
    Unchecked unchecked;
    unchecked.streams = &loops_[index_]->streams;
    unchecked.unrolled = std::clamp<u64>(kUnrolled / count, 1, kMostUnrolled);
    const u64 most = site_.direct ? direct_iterations(*unchecked.streams) : kMostIterations;
    unchecked.unrolled = std::min(unchecked.unrolled, most + 1);
    Value* iterations = b_.getInt64(most);
    for (const Stream& stream : unchecked.streams->streams) {
        Value* place = b_.getInt64(0);
        for (const Linear::Term& term : stream.place) {
            Value* reg = read_slot(*slot_of(term.offset)).value;
            place =
                b_.CreateAdd(place, b_.CreateMul(reg, b_.getInt64(static_cast<u64>(term.factor))));
        }
        unchecked.addends.push_back(site_.direct ? check_in_window(stream, place, most, usual)
                                                 : check_in_page(stream, place, iterations, usual));
    }
    const u64 longest = polls_.longest[index_];
    Value* left = b_.CreateAdd(b_.CreateLoad(b_.getInt64Ty(), budget_), b_.getInt64(longest));
    // One more than those that may follow the first. What runs behind the loop is kept back, too.
    Value* all = b_.CreateMul(b_.CreateAdd(iterations, b_.getInt64(1)), b_.getInt64(count));
    unchecked.stop = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, b_.CreateSub(left, all),
                                              b_.getInt64(longest - count));
    unchecked.epoch = load_state(b_.getInt64Ty(), offsetof(CpuState, native.epoch));
    Value* enough = b_.CreateICmpSGE(b_.CreateSub(left, b_.getInt64(count * unchecked.unrolled)),
                                     unchecked.stop);
    BasicBlock* enter = BasicBlock::Create(context_, "enter_copy", function_);
    b_.CreateCondBr(enough, enter, usual, likely(true));
    b_.SetInsertPoint(enter);
    for (u64 i = 0; i < unchecked.unrolled; ++i)
        unchecked.heads.push_back(BasicBlock::Create(context_, "copy", function_));
    b_.CreateStore(left, budget_);
    b_.CreateBr(unchecked.heads[0]);
    b_.SetInsertPoint(usual);
    loops_[index_]->unchecked = std::move(unchecked);
}

// The copy of the loop at `index`, if it has one.
void Lowering::lower_unchecked(ir::RegionIndex index) {
    if (!loops_[index] || !loops_[index]->unchecked) return;
    unchecked_ = &*loops_[index]->unchecked;
    for (unchecked_->number = 0; unchecked_->number < unchecked_->unrolled; ++unchecked_->number)
        lower_block(index);
    unchecked_ = nullptr;
}

// In place of a poll in the copy. The first of its iterations goes back to the usual code where
// they are not all among those that were checked.
void Lowering::count_iteration() {
    Value* left = b_.CreateLoad(b_.getInt64Ty(), budget_);
    if (unchecked_->number == 0) {
        Value* behind = b_.CreateSub(left, b_.getInt64(block_->count * unchecked_->unrolled));
        BasicBlock* next = BasicBlock::Create(context_, "checked", function_);
        b_.CreateCondBr(b_.CreateICmpSLT(behind, unchecked_->stop), loops_[index_]->head, next,
                        llvm::MDBuilder(context_).createBranchWeights(1, kUsualIterations));
        b_.SetInsertPoint(next);
    }
    b_.CreateStore(b_.CreateSub(left, b_.getInt64(polls_.longest[index_])), budget_);
}

// Where a way to the block itself leads.
llvm::BasicBlock* Lowering::next_iteration() {
    if (unchecked_ == nullptr) return loops_[index_]->head;
    return unchecked_->heads[(unchecked_->number + 1) % unchecked_->unrolled];
}

// Goes on where what the first iteration and `iterations` behind it touch is in the window,
// unguarded where it is stored to. Returns host minus guest address.
llvm::Value* Lowering::check_in_window(const Stream& stream, Value* place, u64 iterations,
                                       BasicBlock* usual) {
    const auto at = [&](i64 distance) {
        return b_.CreateAdd(place, b_.getInt64(static_cast<u64>(distance)));
    };
    const i64 moved = stream.step * static_cast<i64>(iterations);
    ByteRange all = stream.touched;
    all.include({all.low + moved, all.high + moved});
    // The window's limit is that of accesses of 8 bytes.
    Value* limit = b_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat,
                                            b_.CreateAdd(window_limit(), b_.getInt64(8)),
                                            b_.getInt64(static_cast<u64>(all.size())));
    exit_where(b_.CreateICmpUGE(in_window(at(all.low)), limit), usual);
    if (stream.stored.size() == 0) return b_.CreateLoad(b_.getInt64Ty(), memory_);
    // The guard bytes upwards from the lowest byte, or downwards from the highest one.
    const bool down = stream.step < 0;
    if (down)
        exit_where(b_.CreateICmpULT(in_window(at(stream.stored.high)),
                                    b_.getInt64(static_cast<u64>(kGuardedAtOnce))),
                   usual);
    check_granules(at(down ? stream.stored.high - kGuardedAtOnce : stream.stored.low),
                   b_.getInt64Ty(), usual);
    return b_.CreateLoad(b_.getInt64Ty(), memory_);
}

// Goes on where what the first iteration touches is in one page that the TLB knows, and bounds
// `iterations` by how many may follow it. Returns host minus guest address.
llvm::Value* Lowering::check_in_page(const Stream& stream, Value* place, Value*& iterations,
                                     BasicBlock* usual) {
    Value* first = b_.CreateAdd(place, b_.getInt64(static_cast<u64>(stream.touched.low)));
    const auto bytes = static_cast<unsigned>(stream.touched.size());
    Value* addend = nullptr;
    if (stream.loads) addend = check_tlb(first, bytes, false, usual);
    if (stream.stored.size() != 0) addend = check_tlb(first, bytes, true, usual);
    Value* in_page = b_.CreateAnd(first, b_.getInt64(~kPageMask));
    Value* above = b_.CreateSub(b_.getInt64(kPageSize - bytes), in_page);
    if (stream.step == 0) return addend;
    Value* room = stream.step > 0 ? above : in_page;
    Value* most = b_.CreateUDiv(room, b_.getInt64(static_cast<u64>(std::abs(stream.step))));
    iterations = b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, iterations, most);
    return addend;
}

// Where an access of the copy is on the host, if it is in a stream; else nullptr.
llvm::Value* Lowering::stream_place(ValueId id, Value* address) {
    if (unchecked_ == nullptr) return nullptr;
    const u8 stream = unchecked_->streams->stream_of[id];
    return stream == Streams::kNone ? nullptr : host_place(address, unchecked_->addends[stream]);
}

}  // namespace kiln::llvm_backend
