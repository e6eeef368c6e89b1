#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using ir::Opcode;

namespace {

bool computes_floats(const ir::Region& region) {
    return std::ranges::any_of(region.blocks, [](const ir::RegionBlock& block) {
        return std::ranges::any_of(block.block.insts,
                                   [](const ir::Inst& inst) { return ir::is_float(inst.type); });
    });
}

}  // namespace

Lowering::Lowering(llvm::Module& module, const ir::Region& region, const RegionSite& site,
                   const native::Layout& layout, const Host& host)
    : module_(module),
      context_(module.getContext()),
      b_(context_),
      region_(region),
      site_(site),
      layout_(layout),
      host_(host),
      narrow_(region.blocks[0].block.address == Type::kI32),
      has_floats_(computes_floats(region)),
      slots_(find_slots(region, layout)),
      dirty_(find_dirty(region, slots_)),
      polls_(find_polls(region)) {
    for (const ir::RegionBlock& block : region.blocks)
        one_page_ &= block.offset >= 0 && block.offset < static_cast<i64>(kPageSize);
    b_.setIsFPConstrained(true);
    b_.setDefaultConstrainedRounding(llvm::RoundingMode::Dynamic);
    b_.setDefaultConstrainedExcept(llvm::fp::ebStrict);
    make_types();
    find_loops();
}

void Lowering::make_types() {
    std::vector<llvm::Type*> arguments(kIntArguments, b_.getInt64Ty());
    arguments[kState] = b_.getPtrTy();
    arguments.insert(arguments.end(), native::kPinnedFloats, b_.getDoubleTy());
    piece_type_ = llvm::FunctionType::get(b_.getVoidTy(), arguments, false);
    constexpr std::array<const char*, static_cast<size_t>(Memory::kCount)> kNames = {
        "state", "tlb", "granules", "guest"};
    llvm::MDNode* root = llvm::MDNode::get(context_, llvm::MDString::get(context_, "kiln"));
    const auto zero = llvm::ConstantAsMetadata::get(b_.getInt64(0));
    for (size_t i = 0; i < tags_.size(); ++i) {
        llvm::MDNode* node =
            llvm::MDNode::get(context_, {llvm::MDString::get(context_, kNames[i]), root, zero});
        tags_[i] = llvm::MDNode::get(context_, {node, node, zero});
    }
}

llvm::Type* Lowering::type(Type type) const {
    switch (type) {
        case Type::kF32:
            return llvm::Type::getFloatTy(context_);
        case Type::kF64:
            return llvm::Type::getDoubleTy(context_);
        default:
            return llvm::IntegerType::get(context_, ir::bits_of(type));
    }
}

llvm::Function* Lowering::new_function(const std::string& name) {
    auto* function =
        llvm::Function::Create(piece_type_, llvm::GlobalValue::ExternalLinkage, name, module_);
    function->setCallingConv(llvm::CallingConv::PreserveNone);
    function->setDSOLocal(true);
    function->addFnAttr(llvm::Attribute::NoUnwind);
    // Where nothing is computed with floating point it would only cost: LLVM waits for the x87 unit
    // behind each piece of assembly.
    if (has_floats_) function->addFnAttr(llvm::Attribute::StrictFP);
    function->addFnAttr("prefer-vector-width", "128");
    b_.SetInsertPoint(BasicBlock::Create(context_, "", function));
    return function;
}

std::vector<EdgePlan> Lowering::run() {
    // One entry is the function itself.
    const bool alone = region_.entries.size() == 1;
    llvm::Function* body = new_function(alone ? std::string(kEntryName) + "0" : "region");
    function_ = body;
    write_prologue();
    for (ir::RegionIndex i = 0; i < region_.blocks.size(); ++i) lower_block(i);
    for (ir::RegionIndex i = 0; i < region_.blocks.size(); ++i) lower_unchecked(i);
    if (!alone) body->setLinkage(llvm::GlobalValue::InternalLinkage);
    for (size_t i = 0; i < region_.entries.size(); ++i) {
        if (!alone) write_entry(i, body);
        write_leave(i);
    }
    for (u32 i = 0; i < edges_.size(); ++i)
        if (edges_[i].predicted) write_unlinked(i);
    return edges_;
}

// What every entry does, and the way to the block that it is for.
void Lowering::write_prologue() {
    for (size_t i = 0; i < region_.blocks.size(); ++i)
        heads_.push_back(BasicBlock::Create(context_, "block", function_));
    budget_ = b_.CreateAlloca(b_.getInt64Ty());
    memory_ = b_.CreateAlloca(b_.getInt64Ty());
    b_.CreateStore(function_->getArg(kBudget), budget_);
    b_.CreateStore(function_->getArg(kMemory), memory_);
    base_ = load_state(b_.getInt64Ty(), offsetof(CpuState, native.pc_page));
    // (Where there is none any more, the code is left at once.)
    if (site_.user_window != UserWindow::kNone)
        window_ = load_constant(b_.getInt64Ty(), offsetof(CpuState, native.user_window));
    create_slots();
    const auto& entries = region_.entries;
    if (entries.size() == 1) {
        b_.CreateBr(heads_[entries[0]]);
        return;
    }
    Value* number = load_state(b_.getInt64Ty(), offsetof(CpuState, native.exit));
    llvm::SwitchInst* ways =
        b_.CreateSwitch(number, heads_[entries[0]], static_cast<unsigned>(entries.size()));
    for (size_t i = 1; i < entries.size(); ++i) ways->addCase(b_.getInt64(i), heads_[entries[i]]);
}

// Says which entry it is, and makes the region's base of the entry's page.
void Lowering::write_entry(size_t number, llvm::Function* body) {
    new_function(kEntryName + std::to_string(number));
    const i64 page = region_.blocks[region_.entries[number]].offset & static_cast<i64>(kPageMask);
    if (page != 0) {
        constexpr u64 kPage = offsetof(CpuState, native.pc_page);
        Value* base = b_.CreateSub(load_state(b_.getInt64Ty(), kPage), b_.getInt64(page));
        store_state(wrapped(base), kPage);
    }
    store_state(b_.getInt64(number), offsetof(CpuState, native.exit));
    jump_to(body, arguments());
}

// The way out with pc at an entry that is not to be used any more.
void Lowering::write_leave(size_t number) {
    new_function(kLeaveName + std::to_string(number));
    const i64 offset = region_.blocks[region_.entries[number]].offset;
    const auto in_page = static_cast<i64>(offset & ~static_cast<i64>(kPageMask));
    store_state(b_.getInt64(native::pack_exit(native::kGoOn, 0, in_page)),
                offsetof(CpuState, native.exit));
    jump_to(table_entry(native::Symbol::kExit), arguments());
}

void Lowering::write_unlinked(u32 edge) {
    new_function(kUnlinkedName + std::to_string(edge));
    store_state(b_.CreatePtrToInt(edge_field(edge, 0), b_.getInt64Ty()),
                offsetof(CpuState, native.exit));
    jump_to(table_entry(native::Symbol::kExit), arguments());
}

// What the function got.
std::vector<llvm::Value*> Lowering::arguments() {
    std::vector<Value*> list;
    for (llvm::Argument& argument : b_.GetInsertBlock()->getParent()->args())
        list.push_back(&argument);
    return list;
}

void Lowering::jump_to(Value* target, const std::vector<Value*>& arguments) {
    llvm::CallInst* call = b_.CreateCall(piece_type_, target, arguments);
    call->setCallingConv(llvm::CallingConv::PreserveNone);
    call->setTailCallKind(llvm::CallInst::TCK_MustTail);
    b_.CreateRetVoid();
}

void Lowering::lower_block(ir::RegionIndex index) {
    const ir::RegionBlock& block = region_.blocks[index];
    index_ = index;
    block_ = &block.block;
    offset_ = block.offset;
    values_.assign(block_->insts.size(), nullptr);
    reads_.assign(block_->insts.size(), {});
    held_.assign(slots_.size(), ir::kNoValue);
    made_.clear();
    exits_ = {};
    groups_.reset();
    page_groups_.clear();
    user_groups_.clear();
    wide_loads_.clear();
    if (site_.user_window != UserWindow::kNone) find_signed_loads();
    // Addresses of 32 bits wrap. Of a group, some may be in streams, which are checked already.
    if (!narrow_ && unchecked_ == nullptr) {
        groups_.emplace(*block_, site_.direct ? ir::kInWindow : ir::kInPage,
                        *std::pmr::get_default_resource());
        if (site_.direct) guards_ = find_store_guards(*block_, *groups_);
    }
    pending_call_ = ir::kNoValue;
    begin_block();
    for (ValueId id = 0; id < block_->insts.size(); ++id) {
        // A call may have asked the run to end: that is looked at behind its instruction.
        if (pending_call_ != ir::kNoValue && inst(id).point != inst(pending_call_).point)
            check_stop(pending_call_);
        lower(id);
    }
    lower_terminal();
}

// What a block begins with.
void Lowering::begin_block() {
    b_.SetInsertPoint(unchecked_ != nullptr ? unchecked_->heads[unchecked_->number]
                                            : heads_[index_]);
    if (unchecked_ != nullptr) return count_iteration();
    if (loops_[index_]) enter_loop();
    if (polls_.asks[index_]) poll();
    if (loops_[index_] && !loops_[index_]->streams.streams.empty()) check_streams();
}

// Takes the longest way to the next poll off the budget, and leaves where that is more than there
// is: the interpreter runs the block, so that each time some of it is used. (A block that others
// than the longest way lead to has what they did not use put back: go_inside.)
void Lowering::poll() {
    Value* left = b_.CreateLoad(b_.getInt64Ty(), budget_);
    Value* rest = b_.CreateSub(left, b_.getInt64(polls_.longest[index_]));
    b_.CreateStore(rest, budget_);
    exit_where(b_.CreateICmpSLT(rest, b_.getInt64(0)), new_exit({}, 0, 0, native::kInterpret));
}

void Lowering::lower(ValueId id) {
    switch (inst(id).opcode) {
        case Opcode::get:
            return lower_get(id);
        case Opcode::set:
            return set(inst(id).imm, inst(id).operands[0]);
        case Opcode::load:
            return lower_load(id);
        case Opcode::store:
            return lower_store(id);
        case Opcode::probe:
        case Opcode::load_reserved:
        case Opcode::store_conditional:
        case Opcode::atomic_rmw:
        case Opcode::atomic_cas:
            return lower_atomic(id);
        case Opcode::fence:
            return;  // all harts run on one thread
        case Opcode::exit_if:
            return exit_where(
                operand(id, 0),
                new_exit(block_->exits_of(inst(id)).fault, static_cast<i64>(inst(id).imm),
                         block_->begun_with(inst(id).point), native::kGoOn));
        case Opcode::trap_if:
            return lower_trap_if(id);
        case Opcode::call:
            return lower_call(id);
        case Opcode::fraise:
            return raise_flags(operand(id, 0), inst(id).imm);
        default:
            // What has no effect is made when it is asked for.
            if (ir::info_of(inst(id).opcode).effect == ir::Effect::kFlags)
                values_[id] = lower_float(id);
    }
}

}  // namespace kiln::llvm_backend
