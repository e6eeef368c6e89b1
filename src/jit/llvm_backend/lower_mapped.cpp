// Loads and stores of user code, where the host's MMU translates: one instruction. What it does not
// have faults there, which leads to a slow path (native/fault_sites.h).
//
// LLVM has no loads that may lead elsewhere, so they are assembly with two ways out.
#include <llvm/IR/InlineAsm.h>

#include "cpu/user_windows.h"
#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using Role = ir::AccessGroups::Role;

namespace {

// By the number of bytes: 1, 2, 4 and 8.
using Forms = std::array<const char*, 4>;
constexpr Forms kLoads = {"movzbl $1, ${0:k}", "movzwl $1, ${0:k}", "movl $1, ${0:k}",
                          "movq $1, $0"};
constexpr Forms kSignedLoads = {"movsbq $1, $0", "movswq $1, $0", "movslq $1, $0", "movq $1, $0"};
constexpr Forms kStores = {"movb ${1:b}, $0", "movw ${1:w}, $0", "movl ${1:k}, $0", "movq $1, $0"};
constexpr Forms kFloatLoads = {nullptr, nullptr, "movss $1, $0", "movsd $1, $0"};
constexpr Forms kFloatStores = {nullptr, nullptr, "movss $1, $0", "movsd $1, $0"};

const char* form(const Forms& forms, unsigned bytes) {
    return forms[static_cast<size_t>(std::countr_zero(bytes))];
}

// Notes where the instruction is, and where operand 2 says that it goes on.
std::string with_site(const char* instruction) {
    return std::string("1: ") + instruction + "\n.pushsection " + kFaultSection +
           ",\"\",@progbits\n.quad 1b, ${2:l}\n.popsection";
}

}  // namespace

// The block's loads of which the sign is extended: these do so themselves.
void Lowering::find_signed_loads() {
    signed_loads_.assign(block_->insts.size(), false);
    for (const Inst& inst : block_->insts)
        if (inst.opcode == ir::Opcode::sext) signed_loads_[inst.operands[0]] = true;
}

// Host minus guest address for an access; leaves where the address has no place in the window. Of a
// group only the first asks: the others lie less than a piece's margin from there.
llvm::Value* Lowering::find_user_window(ValueId id, Value* address) {
    static_assert(ir::kInPage.span + sizeof(u64) <= kUserPieceMargin);
    if (narrow_) return window_;
    const ir::AccessGroups::Member group = group_of(id);
    const auto known = user_groups_.find(group.leader);
    if (group.role == Role::kFollows && known != user_groups_.end()) return known->second;
    Value* lowest = address;
    if (group.role == Role::kLeads) {
        const i64 distance = group.lowest - static_cast<i64>(static_cast<i32>(inst(id).imm));
        lowest = b_.CreateAdd(address, b_.getInt64(static_cast<u64>(distance)));
    }
    Value* base = user_piece(lowest, retry_exit(id));
    if (group.role == Role::kLeads) user_groups_[id] = base;
    return base;
}

llvm::Value* Lowering::user_piece(Value* address, BasicBlock* outside) {
    const bool whole = site_.user_window == UserWindow::kWhole;
    const unsigned bits = whole ? kUserPieceBits : kUserTableBits;
    exit_where(b_.CreateICmpUGE(address, b_.getInt64(u64{1} << bits)), outside);
    if (whole) return window_;
    Value* number = b_.CreateLShr(address, kUserPieceBits);
    Value* place = b_.CreateIntToPtr(
        b_.CreateAdd(window_, b_.CreateShl(number, std::countr_zero(sizeof(u64)))), b_.getPtrTy());
    return tag(b_.CreateLoad(b_.getInt64Ty(), place), Memory::kTlb);
}

// The instruction `text`, which goes on at the current place, or else at `outside`. `operands`:
// first the place in memory, of type `accessed`.
llvm::CallBrInst* Lowering::access_or_go(const char* text, const char* constraints,
                                         llvm::Type* result, llvm::Type* accessed,
                                         llvm::ArrayRef<Value*> operands, BasicBlock* outside) {
    llvm::SmallVector<llvm::Type*> types;
    for (Value* operand : operands) types.push_back(operand->getType());
    auto* type = llvm::FunctionType::get(result, types, false);
    auto* code = llvm::InlineAsm::get(type, with_site(text), constraints, /*hasSideEffects=*/true);
    BasicBlock* next = BasicBlock::Create(context_, "inside", function_);
    llvm::CallBrInst* access = b_.CreateCallBr(type, code, next, {outside}, operands);
    access->addParamAttr(0, llvm::Attribute::get(context_, llvm::Attribute::ElementType, accessed));
    access->addFnAttr(llvm::Attribute::NoUnwind);
    access->addFnAttr(llvm::Attribute::StrictFP);
    access->setMemoryEffects(llvm::MemoryEffects::argMemOnly());
    b_.SetInsertPoint(next);
    return tag(access, Memory::kGuest);
}

// An integer comes with 64 bits.
llvm::Value* Lowering::load_inside(ValueId id, Value* place, BasicBlock* outside) {
    llvm::Type* loaded = type(type_of(id));
    const unsigned bytes = accessed_bytes(id);
    if (loaded->isFloatingPointTy())
        return access_or_go(form(kFloatLoads, bytes), "=x,*m,!i", loaded, loaded, {place}, outside);
    return access_or_go(form(signed_loads_[id] ? kSignedLoads : kLoads, bytes), "=r,*m,!i",
                        b_.getInt64Ty(), loaded, {place}, outside);
}
llvm::Value* Lowering::load_outside(ValueId id, Value* address) {
    Value* loaded = slow_access(id, address, nullptr, native::Symbol::kLoadOutside);
    if (loaded->getType()->isFloatingPointTy()) return loaded;
    return signed_loads_[id] ? b_.CreateSExt(loaded, b_.getInt64Ty())
                             : b_.CreateZExt(loaded, b_.getInt64Ty());
}

// What the IR knows of it.
llvm::Value* Lowering::keep_load(ValueId id, Value* loaded) {
    llvm::Type* kept = type(type_of(id));
    if (loaded->getType() == kept) return loaded;
    wide_loads_[id] = loaded;
    return b_.CreateTrunc(loaded, kept);
}

// The result of `inst`, which extends `value`.
llvm::Value* Lowering::extended(const Inst& inst, Value* value) {
    llvm::Type* to = bits_type(inst.type);
    const bool is_signed = inst.opcode == ir::Opcode::sext;
    const auto wide = wide_loads_.find(inst.operands[0]);
    if (wide != wide_loads_.end() && signed_loads_[inst.operands[0]] == is_signed)
        return b_.CreateTrunc(wide->second, to);
    return is_signed ? b_.CreateSExt(value, to) : b_.CreateZExt(value, to);
}

void Lowering::store_inside(ValueId id, Value* place, Value* stored, BasicBlock* outside) {
    llvm::Type* accessed = stored->getType();
    const unsigned bytes = accessed_bytes(id);
    if (accessed->isFloatingPointTy()) {
        access_or_go(form(kFloatStores, bytes), "*m,x,!i", b_.getVoidTy(), accessed,
                     {place, stored}, outside);
        return;
    }
    if (bytes < sizeof(u32)) stored = b_.CreateZExt(stored, b_.getInt32Ty());
    access_or_go(form(kStores, bytes), "*m,r,!i", b_.getVoidTy(), accessed, {place, stored},
                 outside);
}

// A load, or a store of `stored`. Returns what is loaded.
llvm::Value* Lowering::lower_mapped(ValueId id, Value* address, Value* stored) {
    Value* place = host_place(address, find_user_window(id, address));
    BasicBlock* outside = BasicBlock::Create(context_, "outside", function_);
    BasicBlock* done = BasicBlock::Create(context_, "accessed", function_);
    Value* usual = nullptr;
    if (stored == nullptr)
        usual = load_inside(id, place, outside);
    else
        store_inside(id, place, stored, outside);
    BasicBlock* inside = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(outside);
    Value* asked_for = stored == nullptr
                           ? load_outside(id, address)
                           : slow_access(id, address, stored, native::Symbol::kStoreOutside);
    BasicBlock* called = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    if (stored != nullptr) return nullptr;
    llvm::PHINode* phi = b_.CreatePHI(usual->getType(), 2);
    phi->addIncoming(usual, inside);
    phi->addIncoming(asked_for, called);
    return keep_load(id, phi);
}

}  // namespace kiln::llvm_backend
