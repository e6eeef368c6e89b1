#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;

Lowering::Lowering(asmjit::CodeHolder& code, const ir::Block& block, const CompileSite& site,
                   const Host& host, const PinnedSlots& slots, native::CodeSpace& space,
                   std::pmr::memory_resource& memory)
    : memory_(memory),
      a_(&code),
      block_(block),
      site_(site),
      host_(host),
      slots_(slots),
      space_(space),
      plan_(block, slots, memory),
      groups_(site.direct && block.address != Type::kI32
                  ? AccessGroups(block, ir::kInWindow, memory)
                  : AccessGroups(memory)),
      values_(a_, block, plan_, memory),
      boxed_(block.insts.size(), &memory),
      raw_nans_(&memory),
      narrow_(block.address == Type::kI32),
      cold_(&memory),
      exits_(&memory),
      edges_(&memory),
      literals_(&memory) {}

x86::Mem Lowering::data(u64 address, u32 bytes) {
    x86::Mem memory = x86::ptr(address, bytes);
    memory.setRel();
    return memory;
}

void Lowering::run(native::Block& target) {
    if (block_.count > native::kMostBehind) throw Unsupported();
    target_ = &target;
    entry_ = a_.newLabel();
    leave_entry_ = a_.newLabel();
    leave_ = a_.newLabel();
    a_.bind(entry_);
    a_.sub(kBudget, block_.count);
    a_.jl(leave_entry_);
    cold([this] {
        a_.bind(leave_);
        a_.sub(kBudget, block_.count);
        a_.bind(leave_entry_);
        leave_at(0, block_.count, native::kGoOn);
    });
    for (u32 i = 0; i < plan_.end(); ++i) {
        values_.begin(i);
        lower(i);
        if (pending_call_ != ir::kNoValue && plan_.stop_index(pending_call_) == i)
            check_stop(pending_call_);
        values_.end(block_.insts[i]);
    }
    values_.begin(plan_.end());
    settle_nans(plan_.end());
    lower_terminal();
    write_cold();
}

void Lowering::write_cold() {
    // Cold code may add more.
    for (size_t i = 0; i < cold_.size(); ++i) {
        const ColdCode cold = cold_[i];
        cold.write(cold.code);
    }
    for (const Exit& exit : exits_) write_exit(exit);
    write_literals();
}

void Lowering::finish(native::Block& target, u64 base) {
    asmjit::CodeHolder& code = *a_.code();
    target.entry = base + code.labelOffset(entry_);
    target.leave = base + code.labelOffset(leave_);
    target.count = block_.count;
    for (const EdgeCode& edge : edges_) {
        native::Edge& out = target.edges[edge.number];
        out.unlinked = base + code.labelOffset(edge.unlinked);
        out.target = out.unlinked;
    }
}

void Lowering::lower(u32 index) {
    const Inst& inst = block_.insts[index];
    settle_nans(index);
    // A value that shares another's bits, a comparison
    // that waits for its branch, and the extension that its load has made already need no code.
    const bool shares = ir::info_of(inst.opcode).has_result() && plan_.root(index) != index &&
                        !plan_[index].in_place;
    const bool by_load = index != 0 && plan_[index - 1].extended;
    if (shares || is_deferred(index) || by_load) return;
    switch (inst.opcode) {
        case Opcode::imm:
            return values_.define_constant(index, inst.imm);
        case Opcode::get:
            return lower_get(index);
        case Opcode::set:
            return lower_set(inst);
        case Opcode::pc:
            return lower_pc(index);
        case Opcode::select:
            return lower_select(index);
        case Opcode::load:
            return lower_load(index);
        case Opcode::store:
            return lower_store(index);
        case Opcode::probe:
        case Opcode::load_reserved:
        case Opcode::store_conditional:
        case Opcode::atomic_rmw:
        case Opcode::atomic_cas:
            return lower_atomic(index);
        case Opcode::fence:
            return;  // all harts run on one thread
        case Opcode::exit_if:
            return lower_exit_if(index);
        case Opcode::trap_if:
            return lower_trap_if(index);
        case Opcode::call:
            return lower_call(index);
        default:
            break;
    }
    if (inst.opcode >= Opcode::eq && inst.opcode <= Opcode::le_s) return lower_comparison(index);
    if (inst.opcode >= Opcode::fadd && inst.opcode <= Opcode::fraise) return lower_float(index);
    lower_integer(index);
}

}  // namespace kiln::asmjit_backend
