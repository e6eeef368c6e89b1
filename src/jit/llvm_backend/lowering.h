// Makes LLVM's IR of a region: one function for all of it, and a small one for each way in.
//
// Guest registers are variables of the function from its entry to its exits; guest memory, the soft
// TLB, granules and CpuState are told apart by TBAA. Floating point is constrained (strictfp):
// rounding as MXCSR has it, flags as they are raised.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <map>

#include "jit/backend.h"
#include "jit/ir/access_groups.h"
#include "jit/llvm_backend/edge_plan.h"
#include "jit/llvm_backend/polls.h"
#include "jit/llvm_backend/slots.h"
#include "jit/llvm_backend/store_guards.h"
#include "jit/llvm_backend/streams.h"

namespace kiln::llvm_backend {

// Names that the module leaves open, and that the linker gives addresses.
inline constexpr const char* kTableName = "kiln_table";  // native::Table
inline constexpr const char* kDataName = "kiln_data";    // native::Block of each entry, then edges
inline constexpr const char* kHelperName =
    "kiln_helper_";  // a Helper's function, with its name behind
// Functions that the module has for each entry, with its number behind.
inline constexpr const char* kEntryName = "entry";
inline constexpr const char* kLeaveName = "leave";  // goes to the engine with pc at the entry
// For each edge that is predicted: leaves through it. Others have said which they are in
// NativeState::exit, so that one piece of code does for all.
inline constexpr const char* kUnlinkedName = "unlinked";

// The section that tells where code may fault: pairs of addresses (native::FaultSite).
inline constexpr const char* kFaultSection = "kiln_faults";

// Thrown where a region has what this backend does not do.
struct Unsupported {};

class Lowering {
  public:
    // `clmul`: whether the host has carry-less multiplication; `fma`: fused multiply-add.
    struct Host {
        bool clmul;
        bool fma;
    };

    Lowering(llvm::Module& module, const ir::Region& region, const RegionSite& site,
             const native::Layout& layout, const Host& host);

    // Fills the module. Returns the edges. Throws Unsupported.
    std::vector<EdgePlan> run();

    // The order in which LLVM's convention passes what the pieces of native code hand over: the
    // integer registers r12 to r15, rdi, rsi, rdx, rcx, r8, r9, r11.
    enum Argument : unsigned { kBudget, kState, kPinned5, kMemory };
    static constexpr unsigned kIntArguments = 11;
    // Of the pinned registers, by their number in the layout, the integers first.
    static constexpr unsigned argument_of(unsigned pinned) {
        constexpr std::array<unsigned, 8> kInts = {4, 5, 8, 9, 10, kPinned5, 7, 6};
        return pinned < 8 ? kInts[pinned] : kIntArguments + pinned - 8;
    }

  private:
    using Inst = ir::Inst;
    using Type = ir::Type;
    using ValueId = ir::ValueId;
    using Value = llvm::Value;
    using BasicBlock = llvm::BasicBlock;

    // What kind of memory an access is to.
    enum class Memory { kState, kTlb, kGranules, kGuest, kCount };
    // The place where all exits of a block come together, with NativeState::exit set.
    struct ExitPlace {
        BasicBlock* block = nullptr;
        llvm::PHINode* begun;           // instructions of the block
        BasicBlock* refused = nullptr;  // where those of refused_exit do first
    };
    // The copy of a loop that does not check its streams: several iterations, one behind the other.
    struct Unchecked {
        const Streams* streams = nullptr;
        u64 unrolled = 1;                // iterations in it
        u64 number = 0;                  // that which is lowered
        std::vector<BasicBlock*> heads;  // of the iterations
        std::vector<Value*> addends;     // by stream: host minus guest address
        Value* stop =
            nullptr;  // where less than this is left of the budget, the iterations are over
        Value* epoch = nullptr;  // NativeState::epoch
    };
    // A block that goes to itself.
    struct Loop {
        Streams streams;
        bool settles = false;        // its numbers are brought into one state in front of it
        BasicBlock* head = nullptr;  // where an iteration begins
        std::optional<Unchecked> unchecked;
    };
    struct NumberWrites {
        bool arithmetic = false;
        bool others = false;
    };
    // What a read of a slot found, by the `get`.
    struct SlotRead {
        const Slot* slot = nullptr;
        SlotValue found;
    };

    // What is known, behind its first, of the page that a group of accesses lies in.
    struct PageGroup {
        Value* known;   // whether the TLB knows it
        Value* addend;  // then: host minus guest address
    };
    // lowering.cpp: the functions and their frame.
    void make_types();
    llvm::Function* new_function(const std::string& name);
    void write_prologue();
    void write_entry(size_t number, llvm::Function* body);
    void write_leave(size_t number);
    void write_unlinked(u32 edge);
    std::vector<Value*> arguments();
    void jump_to(Value* target, const std::vector<Value*>& arguments);
    void lower_block(ir::RegionIndex index);
    void begin_block();
    void poll();
    void lower(ValueId id);
    const Inst& inst(ValueId id) const { return block_->insts[id]; }
    Type type_of(ValueId id) const { return inst(id).type; }
    // f16 is kept as its encoding.
    llvm::Type* type(Type type) const;
    llvm::IntegerType* bits_type(Type type) { return b_.getIntNTy(ir::bits_of(type)); }

    // state.cpp: CpuState, slots, and what is near.
    Value* state_address(u64 offset);
    template <class V>
    V* tag(V* access, Memory memory);
    Value* load_state(llvm::Type* type, u64 offset);
    // Of a field that stays as it is while native code runs.
    Value* load_constant(llvm::Type* type, u64 offset);
    void store_state(Value* value, u64 offset);
    Value* table_entry(native::Symbol symbol);
    llvm::MDNode* likely(bool first);
    void create_slots();
    const Slot* slot_of(u64 offset) const;
    SlotValue read_slot(const Slot& slot);
    void load_slot(const Slot& slot, Value* whole);
    llvm::Type* whole_type(const Slot& slot);
    Value* whole(const Slot& slot, const SlotValue& found);
    void store_slot(const Slot& slot);
    void lower_get(ValueId id);
    void set(u64 offset, ValueId id);
    void set_number(const Slot& slot, ValueId bits);
    void store_number(const Slot& slot, Value* number, bool is_raw);
    void set_part(const Slot& slot, u64 offset, Value* value);
    // Where arithmetic made it: canonical.
    Value* settled(const SlotValue& found);
    Value* canonical(Value* number);

    // lower_integer.cpp, lower_float.cpp: values. The value of an operation; those without an
    // effect are made where they are first asked for.
    Value* value(ValueId id);
    Value* pure(ValueId id);
    Value* read_value(ValueId id);
    Value* integer(ValueId id);
    Value* canonical_of(ValueId id);
    Value* operand(ValueId id, unsigned number) { return value(inst(id).operands[number]); }
    Value* divide(const Inst& inst, Value* a, Value* b);
    Value* multiply_high(const Inst& inst, Value* a, Value* b);
    Value* carryless(const Inst& inst, Value* a, Value* b);
    Value* bits_of(Value* value);
    Value* number_of(Value* bits, Type type);
    // A number for arithmetic, to which all NaNs are alike.
    Value* raw(ValueId id);
    Value* lower_float(ValueId id);
    Value* constrained(llvm::Intrinsic::ID id, llvm::ArrayRef<Value*> operands);
    Value* fused(ValueId id);
    Value* compare_floats(ValueId id);
    Value* convert(ValueId id);
    Value* to_signed(ValueId id);
    Value* to_unsigned(ValueId id);
    Value* from_integer(ValueId id);
    Value* in_software(ValueId id);
    Value* convert_on_host(Value* number, llvm::Type* to, bool truncates);
    // `usual` where the condition holds, else what the software says.
    Value* or_in_software(Value* condition, ValueId id, llvm::function_ref<Value*()> usual);
    void raise_flags(Value* condition, u64 flags);
    bool on_host(Type type) const { return type == Type::kF32 || type == Type::kF64; }

    // lower_memory.cpp
    Value* effective(ValueId id);
    Value* host_place(Value* address, Value* addend);
    Value* check_window(ValueId id, Value* address, bool store);
    ir::AccessGroups::Member group_of(ValueId id) const;
    BasicBlock* retry_exit(ValueId id);
    Value* in_window(Value* address);
    Value* window_limit();
    void check_granules(Value* address, llvm::IntegerType* type, BasicBlock* slow);
    Value* load_at(Value* place, ValueId id);
    void store_at(Value* place, Value* value);
    void lower_load(ValueId id);
    void lower_store(ValueId id);
    void lower_atomic(ValueId id);
    void lower_call(ValueId id);
    void write_argument(unsigned number, Value* value);
    // Calls a slow path whose operands are in place; goes on where it is done.
    void slow_call(native::Symbol symbol, ValueId id);
    Value* call_function(native::Symbol symbol);
    Value* call_helper(u32 helper, std::span<const ValueId> arguments, i64 pc, u32 begun);
    void load_slots();
    Value* slow_size(ValueId id, unsigned bytes);

    // lower_paged.cpp
    Value* check_tlb(Value* address, unsigned bytes, bool store, BasicBlock* slow);
    unsigned accessed_bytes(ValueId id) const;
    Value* check_page(ValueId id, Value* address, bool store, BasicBlock* slow);
    Value* slow_access(ValueId id, Value* address, Value* stored, native::Symbol symbol);
    Value* lower_paged(ValueId id, Value* address, Value* stored);

    // lower_mapped.cpp
    void find_signed_loads();
    Value* find_user_window(ValueId id, Value* address);
    Value* user_piece(Value* address, BasicBlock* outside);
    llvm::CallBrInst* access_or_go(const char* text, const char* constraints, llvm::Type* result,
                                   llvm::Type* accessed, llvm::ArrayRef<Value*> operands,
                                   BasicBlock* outside);
    Value* load_inside(ValueId id, Value* place, BasicBlock* outside);
    Value* load_outside(ValueId id, Value* address);
    Value* keep_load(ValueId id, Value* loaded);
    Value* extended(const Inst& inst, Value* value);
    void store_inside(ValueId id, Value* place, Value* stored, BasicBlock* outside);
    Value* lower_mapped(ValueId id, Value* address, Value* stored);

    // lower_loop.cpp
    void find_loops();
    void enter_loop();
    NumberWrites number_writes(const Slot& slot) const;
    void settle_number(const Slot& slot);
    void check_streams();
    void lower_unchecked(ir::RegionIndex index);
    void count_iteration();
    BasicBlock* next_iteration();
    static u64 direct_iterations(const Streams& streams);
    Value* check_in_window(const Stream& stream, Value* place, u64 iterations, BasicBlock* usual);
    Value* check_in_page(const Stream& stream, Value* place, Value*& iterations, BasicBlock* usual);
    Value* stream_place(ValueId id, Value* address);

    // lower_exit.cpp
    // Leaves in front of, or behind, a guest instruction where the condition holds.
    void exit_where(Value* condition, BasicBlock* exit);
    BasicBlock* fault_exit(const Inst& inst, native::ExitCode code, u32 begun);
    BasicBlock* new_exit(const ir::LiveRange& live, i64 pc, u32 begun, native::ExitCode code);
    BasicBlock* refused_exit(ValueId id);
    BasicBlock* refused_place();
    void write_live(const ir::LiveRange& live);
    ExitPlace& exit_place();
    void leave(Value* code, Value* budget);
    void transfer(Value* target, Value* budget);
    void lower_trap_if(ValueId id);
    void write_trap(u64 cause, Value* value);
    void check_stop(ValueId call);

    // lower_terminal.cpp
    void lower_terminal();
    void lower(const ir::Jump& jump);
    void lower(const ir::Branch& branch);
    void lower(const ir::IndirectJump& jump);
    void lower(const ir::Trap& trap);
    void lower(const ir::HelperExit& exit);
    void go_inside(ir::RegionIndex inner);
    void take_way(i64 offset, ir::RegionIndex inner);
    u32 new_edge(i64 offset, ir::RegionIndex inner = ir::kOutside);
    Value* edge_field(u32 edge, size_t field);
    bool keyed(i64 offset) const;
    void enter_page(i64 offset);
    void predict_return();
    void go_to_entry(Value* pc, Value* word);
    void look_up(Value* pc);
    llvm::MDNode* weights(const ir::RegionBlock& block);
    void jump_inside(Value* pc, const ir::IndirectJump& jump);
    void pop_prediction(Value* pc);
    Value* wrapped(Value* address);
    Value* pc_at(i64 offset);
    Value* budget_in(Value* begun);
    Value* budget_behind();

    llvm::Module& module_;
    llvm::LLVMContext& context_;
    llvm::IRBuilder<> b_;
    const ir::Region& region_;
    const RegionSite& site_;
    const native::Layout& layout_;
    const Host host_;
    const bool narrow_;
    const bool has_floats_;  // values of a floating-point type

    llvm::FunctionType* piece_type_;
    std::array<llvm::MDNode*, static_cast<size_t>(Memory::kCount)> tags_;
    llvm::Function* function_ = nullptr;
    Value* base_ = nullptr;               // pc of the region's base
    llvm::AllocaInst* budget_ = nullptr;  // without Polls::longest of the block that runs
    llvm::AllocaInst* memory_ = nullptr;
    Value* window_ = nullptr;  // NativeState::user_window, where accesses go there
    std::vector<Slot> slots_;
    Dirty dirty_;
    Polls polls_;
    std::vector<std::optional<Loop>> loops_;  // by block
    std::vector<BasicBlock*> heads_;
    std::vector<EdgePlan> edges_;
    bool one_page_ = true;

    // Of the block that is lowered.
    const ir::Block* block_ = nullptr;
    ir::RegionIndex index_ = 0;
    i64 offset_ = 0;
    std::vector<Value*> values_;
    std::vector<ValueId> made_;  // those of values_ that were made, in order
    std::vector<SlotRead> reads_;
    std::vector<ValueId>
        held_;  // by slot: the result of arithmetic that it holds, not canonical yet
    ExitPlace exits_;
    std::optional<ir::AccessGroups> groups_;
    std::vector<std::optional<i32>> guards_;    // of direct stores, where there are groups
    std::map<ValueId, PageGroup> page_groups_;  // by the first access
    // Where accesses go through the user window: by the first one of a group, host minus guest
    // address for all; loads of which the sign is extended; and those of less than 64 bits, with
    // the upper ones as they are to be.
    std::map<ValueId, Value*> user_groups_;
    std::vector<bool> signed_loads_;
    std::map<ValueId, Value*> wide_loads_;
    ValueId pending_call_ = ir::kNoValue;
    Unchecked* unchecked_ = nullptr;  // the copy that it is lowered for; nullptr: the usual code
};

}  // namespace kiln::llvm_backend
