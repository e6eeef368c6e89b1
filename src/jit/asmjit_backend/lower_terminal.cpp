// The ways out at the end of a block.
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

namespace {

constexpr u64 kPage = offsetof(CpuState, native.pc_page);
constexpr u64 kReturns = offsetof(CpuState, native.returns);
constexpr u64 kReturnTop = offsetof(CpuState, native.return_top);

}  // namespace

size_t Lowering::edge_count(const ir::Block& block) {
    if (const auto* jump = std::get_if<ir::Jump>(&block.terminal)) return calls(jump->hint) ? 2 : 1;
    if (std::holds_alternative<ir::Branch>(block.terminal)) return 2;
    if (const auto* jump = std::get_if<ir::IndirectJump>(&block.terminal))
        return calls(jump->hint) ? 1 : 0;
    return 0;
}

void Lowering::lower_terminal() {
    if (pending_call_ != ir::kNoValue) check_stop(pending_call_);
    std::visit([this](const auto& terminal) { lower(terminal); }, block_.terminal);
}

// An edge and the code that leaves through it while it leads nowhere.
native::Edge& Lowering::new_edge(i64 offset) {
    const size_t number = edges_.size();
    native::Edge& edge = target_->edges[number];
    edge.keyed = !in_page(offset);
    edge.key = kNoKey;
    // The page is the target's by then.
    edge.offset = static_cast<u16>(offset_in_page(offset));
    edges_.push_back({a_.newLabel(), number});
    cold([this, &edge, number] {
        a_.bind(edges_[number].unlinked);
        a_.lea(x86::rax, data(&edge));
        a_.jmp(slot_of(native::Symbol::kExit));
    });
    return edge;
}

void Lowering::take_edge(i64 offset) {
    if (in_page(offset) && offset == 0) {
        a_.jmp(entry_);
        return;
    }
    native::Edge& edge = new_edge(offset);
    if (edge.keyed) {
        a_.mov(x86::rax, page_of(offset));
        if (narrow_) {
            a_.add(x86::eax, state_at(kPage, 4));
            a_.mov(state_at(kPage), x86::rax);
        } else {
            a_.add(state_at(kPage), x86::rax);
        }
        a_.mov(x86::rax, state_at(offsetof(CpuState, fetch_key)));
        a_.cmp(x86::rax, data(&edge.key));
        a_.jne(edges_.back().unlinked);
    }
    a_.jmp(data(&edge.target));
}

void Lowering::lower(const ir::Jump& jump) {
    if (calls(jump.hint)) predict_return();
    take_edge(jump.offset);
}

void Lowering::lower(const ir::Branch& branch) {
    const Cc cc = test(branch.condition);
    if (in_page(branch.taken) && branch.taken == 0) {
        a_.j(cc, entry_);
        return take_edge(branch.not_taken);
    }
    // A branch backwards closes a loop, most likely: it falls through.
    const bool loops = branch.taken < 0;
    const asmjit::Label other = a_.newLabel();
    a_.j(loops ? x86::negateCond(cc) : cc, other);
    take_edge(loops ? branch.taken : branch.not_taken);
    a_.bind(other);
    take_edge(loops ? branch.not_taken : branch.taken);
}

// Pushes where a call will return to: behind the block. Uses rax and rbx.
void Lowering::predict_return() {
    // In another page the edge's own key would have to be looked at.
    if (!in_page(block_.end)) return;
    native::Edge& edge = new_edge(block_.end);
    const auto entry = [](u64 member) {
        return x86::ptr(kStateBase, x86::rax, 0, static_cast<i32>(kReturns + member), 8);
    };
    a_.mov(x86::rax, state_at(kReturnTop));
    a_.mov(x86::rbx, state_at(kPage));
    a_.add(x86::eax, static_cast<i32>(sizeof(NativeJump)));
    a_.and_(x86::eax, kReturnMask);
    a_.add(x86::rbx, static_cast<i32>(offset_in_page(block_.end)));
    a_.mov(state_at(kReturnTop), x86::rax);
    a_.mov(entry(offsetof(NativeJump, pc)), x86::rbx);
    a_.mov(x86::rbx, state_at(offsetof(CpuState, fetch_key)));
    a_.mov(entry(offsetof(NativeJump, key)), x86::rbx);
    a_.lea(x86::rbx, data(&edge.target));
    a_.mov(entry(offsetof(NativeJump, entry)), x86::rbx);
}

// Goes where the last open call returns to, if that is `pc`. Uses rax and r10.
void Lowering::pop_prediction(x86::Gp pc, const asmjit::Label& other) {
    const auto entry = [](u64 member) {
        return x86::ptr(kStateBase, x86::rax, 0, static_cast<i32>(kReturns + member), 8);
    };
    a_.mov(x86::rax, state_at(kReturnTop));
    a_.cmp(pc, entry(offsetof(NativeJump, pc)));
    a_.jne(other);
    a_.mov(x86::r10, entry(offsetof(NativeJump, key)));
    a_.cmp(x86::r10, state_at(offsetof(CpuState, fetch_key)));
    a_.jne(other);
    a_.mov(x86::r10, entry(offsetof(NativeJump, entry)));
    a_.sub(x86::eax, static_cast<i32>(sizeof(NativeJump)));
    a_.and_(x86::eax, kReturnMask);
    a_.mov(state_at(kReturnTop), x86::rax);
}

// Goes where the jump table says. Uses rax and r10.
void Lowering::look_up(x86::Gp pc) {
    const asmjit::Label unknown = a_.newLabel();
    a_.mov(x86::eax, pc.r32());
    a_.shl(x86::eax, kNativeJumpShift);
    a_.and_(x86::eax, kNativeJumpMask);
    a_.add(x86::rax, state_at(offsetof(CpuState, native.jumps)));
    a_.cmp(pc, x86::ptr(x86::rax, offsetof(NativeJump, pc), 8));
    a_.jne(unknown);
    a_.mov(x86::r10, state_at(offsetof(CpuState, fetch_key)));
    a_.cmp(x86::r10, x86::ptr(x86::rax, offsetof(NativeJump, key), 8));
    a_.jne(unknown);
    a_.mov(x86::r10, x86::ptr(x86::rax, offsetof(NativeJump, entry), 8));
    cold([=, this] {
        a_.bind(unknown);
        a_.mov(state_at(offsetof(CpuState, pc)), pc);
        leave(native::kGoOn);
    });
}

void Lowering::lower(const ir::IndirectJump& jump) {
    const x86::Gp pc = x86::rbp;
    const asmjit::Label other = a_.newLabel();
    values_.load(pc, jump.target);
    if (narrow_) a_.mov(pc.r32(), pc.r32());
    if (returns(jump.hint)) {
        pop_prediction(pc, other);
        a_.and_(pc, static_cast<i32>(-i64{kPageSize}));
        a_.mov(state_at(kPage), pc);
        a_.jmp(x86::qword_ptr(x86::r10));
        a_.bind(other);
    }
    if (calls(jump.hint)) predict_return();
    look_up(pc);
    a_.and_(pc, static_cast<i32>(-i64{kPageSize}));
    a_.mov(state_at(kPage), pc);
    a_.jmp(x86::qword_ptr(x86::r10));
}

void Lowering::lower(const ir::Trap& trap) {
    write_trap(trap.cause, values_.where(trap.value));
    leave_at(block_.points.back().pc, 0, native::kGoOn);
}

void Lowering::lower(const ir::HelperExit& exit) {
    helper_call(exit.helper, exit.arguments, block_.points.back().pc, block_.count);
    leave(native::kGoOn);
}

}  // namespace kiln::asmjit_backend
