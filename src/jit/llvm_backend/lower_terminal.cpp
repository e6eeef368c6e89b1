// Where a block goes on: inside the region, through an edge, or where a table says.
#include <algorithm>
#include <llvm/IR/MDBuilder.h>

#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

namespace {

constexpr u64 kPage = offsetof(CpuState, native.pc_page);
constexpr u64 kReturns = offsetof(CpuState, native.returns);
constexpr u64 kReturnTop = offsetof(CpuState, native.return_top);
// Most places in the region that a computed jump is compared with.
constexpr size_t kMostPlaces = 16;

i64 page_of(i64 offset) { return offset & static_cast<i64>(kPageMask); }

}  // namespace

llvm::Value* Lowering::pc_at(i64 offset) {
    return wrapped(b_.CreateAdd(base_, b_.getInt64(offset_ + offset)));
}

// The budget when so many instructions of the block have begun.
llvm::Value* Lowering::budget_in(Value* begun) {
    return b_.CreateAdd(b_.CreateLoad(b_.getInt64Ty(), budget_),
                        b_.CreateSub(b_.getInt64(polls_.longest[index_]), begun));
}

// The budget when the block is done.
llvm::Value* Lowering::budget_behind() { return budget_in(b_.getInt64(block_->count)); }

// Goes to a block of the region.
void Lowering::go_inside(ir::RegionIndex inner) {
    const u64 reserved = polls_.asks[inner] ? 0 : polls_.longest[inner];
    b_.CreateStore(b_.CreateSub(budget_behind(), b_.getInt64(reserved)), budget_);
    b_.CreateBr(inner == index_ && loops_[inner] ? next_iteration() : heads_[inner]);
}

void Lowering::lower_terminal() {
    if (pending_call_ != ir::kNoValue) check_stop(pending_call_);
    std::visit([this](const auto& terminal) { lower(terminal); }, block_->terminal);
}

// Whether where an edge leads, from the block to an offset from the region's base, depends on the
// mapping.
bool Lowering::keyed(i64 offset) const {
    return page_of(offset) != page_of(offset_) || offset - page_of(offset) >= site_.keyed_from;
}

u32 Lowering::new_edge(i64 offset, ir::RegionIndex inner) {
    edges_.push_back({offset, keyed(offset), inner});
    return static_cast<u32>(edges_.size() - 1);
}

llvm::Value* Lowering::edge_field(u32 edge, size_t field) {
    llvm::Constant* data = module_.getOrInsertGlobal(kDataName, b_.getInt8Ty());
    llvm::cast<llvm::GlobalVariable>(data)->setDSOLocal(true);
    const u64 offset =
        region_.entries.size() * sizeof(native::Block) + edge * sizeof(native::Edge) + field;
    return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), data, offset);
}

// pc_page becomes the page of an offset from the region's base, which it is the page of.
void Lowering::enter_page(i64 offset) {
    if (page_of(offset) == 0) return;
    store_state(wrapped(b_.CreateAdd(base_, b_.getInt64(page_of(offset)))), kPage);
}

// Goes on at an offset from the region's base.
void Lowering::take_way(i64 offset, ir::RegionIndex inner) {
    const bool inside = inner != ir::kOutside;
    if (inside && !keyed(offset)) return go_inside(inner);
    const u32 edge = new_edge(offset, inner);
    BasicBlock* leaves = BasicBlock::Create(context_, "leaves", function_);
    if (keyed(offset)) {
        Value* key = b_.CreateLoad(b_.getInt64Ty(), edge_field(edge, offsetof(native::Edge, key)));
        Value* now = load_constant(b_.getInt64Ty(), offsetof(CpuState, fetch_key));
        BasicBlock* holds = BasicBlock::Create(context_, "holds", function_);
        b_.CreateCondBr(b_.CreateICmpEQ(key, now), holds, leaves, likely(true));
        b_.SetInsertPoint(holds);
    }
    if (inside) {
        go_inside(inner);
    } else {
        enter_page(offset);
        // What leaves through an edge that leads nowhere says which.
        store_state(b_.CreatePtrToInt(edge_field(edge, 0), b_.getInt64Ty()),
                    offsetof(CpuState, native.exit));
        Value* target =
            b_.CreateLoad(b_.getPtrTy(), edge_field(edge, offsetof(native::Edge, target)));
        transfer(target, budget_behind());
    }
    if (!keyed(offset)) {
        leaves->eraseFromParent();
        return;
    }
    b_.SetInsertPoint(leaves);
    enter_page(offset);
    leave(b_.CreatePtrToInt(edge_field(edge, 0), b_.getInt64Ty()), budget_behind());
}

void Lowering::lower(const ir::Jump& jump) {
    const ir::RegionBlock& block = region_.blocks[index_];
    // A return to the region, from the region, needs no prediction.
    if (calls(jump.hint) && block.next == ir::kOutside) predict_return();
    take_way(offset_ + jump.offset, block.next);
}

void Lowering::lower(const ir::Branch& branch) {
    const ir::RegionBlock& block = region_.blocks[index_];
    Value* condition = value(branch.condition);
    BasicBlock* taken = BasicBlock::Create(context_, "taken", function_);
    BasicBlock* not_taken = BasicBlock::Create(context_, "not_taken", function_);
    b_.CreateCondBr(condition, taken, not_taken, weights(block));
    b_.SetInsertPoint(taken);
    take_way(offset_ + branch.taken, block.next);
    b_.SetInsertPoint(not_taken);
    take_way(offset_ + branch.not_taken, block.not_taken);
}

// How often a branch goes which way, as far as that, or the blocks behind it, tell.
llvm::MDNode* Lowering::weights(const ir::RegionBlock& block) {
    if (block.taken != 0)
        return llvm::MDBuilder(context_).createBranchWeights(block.taken,
                                                             ir::kAllWays - block.taken);
    const auto weight = [&](ir::RegionIndex index) {
        if (index == ir::kOutside) return u32{1};
        return static_cast<u32>(std::clamp<u64>(region_.blocks[index].weight, 1, 1 << 20)) + 1;
    };
    return llvm::MDBuilder(context_).createBranchWeights(weight(block.next),
                                                         weight(block.not_taken));
}

// Pushes where a call will return to: behind the block.
void Lowering::predict_return() {
    const i64 offset = offset_ + block_->end;
    // In another page the edge's own key would have to be looked at.
    if (keyed(offset)) return;
    const u32 edge = new_edge(offset);
    edges_[edge].predicted = true;
    Value* top = b_.CreateAnd(
        b_.CreateAdd(load_state(b_.getInt64Ty(), kReturnTop), b_.getInt64(sizeof(NativeJump))),
        kReturnMask);
    store_state(top, kReturnTop);
    const auto write = [&](u64 member, Value* value) {
        Value* place = b_.CreateInBoundsGEP(b_.getInt8Ty(), state_address(kReturns + member), top);
        tag(b_.CreateStore(value, place), Memory::kState);
    };
    write(offsetof(NativeJump, pc), pc_at(block_->end));
    write(offsetof(NativeJump, key), load_constant(b_.getInt64Ty(), offsetof(CpuState, fetch_key)));
    write(offsetof(NativeJump, entry), edge_field(edge, offsetof(native::Edge, target)));
}

// Leaves to the code whose address `word` holds, at `pc`.
void Lowering::go_to_entry(Value* pc, Value* word) {
    store_state(b_.CreateAnd(pc, kPageMask), kPage);
    transfer(b_.CreateLoad(b_.getPtrTy(), word), budget_behind());
}

void Lowering::lower(const ir::IndirectJump& jump) {
    Value* pc = b_.CreateZExt(value(jump.target), b_.getInt64Ty());
    jump_inside(pc, jump);
    if (returns(jump.hint)) pop_prediction(pc);
    if (calls(jump.hint)) predict_return();
    look_up(pc);
}

// Goes on in the region where a computed jump may lead to `pc` there.
void Lowering::jump_inside(Value* pc, const ir::IndirectJump& jump) {
    std::vector<ir::RegionIndex> places;
    for (ir::RegionIndex i = 0; i < region_.blocks.size(); ++i)
        if (ir::may_follow(region_.blocks[i], jump)) places.push_back(i);
    std::ranges::stable_sort(places, [&](ir::RegionIndex a, ir::RegionIndex b) {
        return region_.blocks[a].weight > region_.blocks[b].weight;
    });
    if (places.size() > kMostPlaces) places.resize(kMostPlaces);
    if (places.empty()) return;
    BasicBlock* other = BasicBlock::Create(context_, "other", function_);
    // (Without weights: with them strings_and_sort takes 1.2 times as long.)
    llvm::SwitchInst* ways = b_.CreateSwitch(wrapped(b_.CreateSub(pc, base_)), other,
                                             static_cast<unsigned>(places.size()));
    for (const ir::RegionIndex place : places) {
        const i64 offset = region_.blocks[place].offset;
        BasicBlock* here = BasicBlock::Create(context_, "here", function_);
        const u64 distance = narrow_ ? static_cast<u32>(offset) : static_cast<u64>(offset);
        ways->addCase(b_.getInt64(distance), here);
        b_.SetInsertPoint(here);
        take_way(offset, place);
    }
    b_.SetInsertPoint(other);
}

// Goes where the last open call returns to, if that is `pc`.
void Lowering::pop_prediction(Value* pc) {
    Value* top = load_state(b_.getInt64Ty(), kReturnTop);
    const auto read = [&](u64 member) {
        Value* place = b_.CreateInBoundsGEP(b_.getInt8Ty(), state_address(kReturns + member), top);
        return tag(b_.CreateLoad(b_.getInt64Ty(), place), Memory::kState);
    };
    BasicBlock* at_pc = BasicBlock::Create(context_, "at_pc", function_);
    BasicBlock* hit = BasicBlock::Create(context_, "predicted", function_);
    BasicBlock* other = BasicBlock::Create(context_, "other", function_);
    b_.CreateCondBr(b_.CreateICmpEQ(read(offsetof(NativeJump, pc)), pc), at_pc, other,
                    likely(true));
    b_.SetInsertPoint(at_pc);
    Value* now = load_constant(b_.getInt64Ty(), offsetof(CpuState, fetch_key));
    b_.CreateCondBr(b_.CreateICmpEQ(read(offsetof(NativeJump, key)), now), hit, other,
                    likely(true));
    b_.SetInsertPoint(hit);
    Value* word = b_.CreateIntToPtr(read(offsetof(NativeJump, entry)), b_.getPtrTy());
    store_state(b_.CreateAnd(b_.CreateSub(top, b_.getInt64(sizeof(NativeJump))), kReturnMask),
                kReturnTop);
    go_to_entry(pc, word);
    b_.SetInsertPoint(other);
}

// Goes where the jump table says, else to the engine.
void Lowering::look_up(Value* pc) {
    Value* index = b_.CreateAnd(b_.CreateShl(pc, kNativeJumpShift), kNativeJumpMask);
    Value* table = load_constant(b_.getPtrTy(), offsetof(CpuState, native.jumps));
    Value* entry = b_.CreateInBoundsGEP(b_.getInt8Ty(), table, index);
    const auto read = [&](llvm::Type* type, u64 member) {
        Value* place = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), entry, member);
        return tag(b_.CreateLoad(type, place), Memory::kState);
    };
    BasicBlock* at_pc = BasicBlock::Create(context_, "at_pc", function_);
    BasicBlock* hit = BasicBlock::Create(context_, "known", function_);
    BasicBlock* unknown = BasicBlock::Create(context_, "unknown", function_);
    Value* same_pc = b_.CreateICmpEQ(read(b_.getInt64Ty(), offsetof(NativeJump, pc)), pc);
    b_.CreateCondBr(same_pc, at_pc, unknown, likely(true));
    b_.SetInsertPoint(at_pc);
    Value* now = load_constant(b_.getInt64Ty(), offsetof(CpuState, fetch_key));
    Value* same_key = b_.CreateICmpEQ(read(b_.getInt64Ty(), offsetof(NativeJump, key)), now);
    b_.CreateCondBr(same_key, hit, unknown, likely(true));
    b_.SetInsertPoint(hit);
    go_to_entry(pc, read(b_.getPtrTy(), offsetof(NativeJump, entry)));
    b_.SetInsertPoint(unknown);
    store_state(pc, offsetof(CpuState, pc));
    leave(b_.getInt64(native::kGoOn), budget_behind());
}

void Lowering::lower(const ir::Trap& trap) {
    write_trap(trap.cause, value(trap.value));
    const i64 pc = offset_ + block_->points.back().pc;
    leave(b_.getInt64(native::pack_exit(native::kGoOn, 0, pc)), budget_behind());
}

void Lowering::lower(const ir::HelperExit& exit) {
    call_helper(exit.helper, exit.arguments, block_->points.back().pc, block_->count);
    load_slots();
    leave(b_.getInt64(native::kGoOn), budget_behind());
}

}  // namespace kiln::llvm_backend
