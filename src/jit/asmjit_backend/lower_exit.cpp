// Leaving the block in the middle.
#include <algorithm>

#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

namespace {

// Behind the values' part of the frame.
constexpr unsigned kMoveSlots = 768;
constexpr unsigned kMoveSlotsEnd = native::kFrameBytes - 16;
static_assert(kMoveSlots + kPinned * sizeof(u64) <= kMoveSlotsEnd);

}  // namespace

asmjit::Label Lowering::new_exit(const ir::LiveRange& live, i64 pc, u32 behind,
                                 native::ExitCode code) {
    std::pmr::polymorphic_allocator<ExitMove> allocator(&memory_);
    ExitMove* moves = allocator.allocate(live.count);
    for (u32 i = 0; i < live.count; ++i) {
        const ir::LiveState& state = block_.live[live.first + i];
        new (moves + i) ExitMove{state.offset, type_of(state.value), values_.where(state.value)};
    }
    exits_.push_back({a_.newLabel(), {moves, live.count}, pc, behind, code});
    return exits_.back().label;
}

asmjit::Label Lowering::retry_exit(const Inst& inst) {
    const ir::GuestPoint& point = block_.points[inst.point];
    return new_exit(block_.exits_of(inst).fault, point.pc, block_.count - point.begun,
                    native::kInterpret);
}

asmjit::Label Lowering::trap_exit(const Inst& inst) {
    return new_exit(block_.exits_of(inst).fault, block_.points[inst.point].pc,
                    block_.count - block_.begun_with(inst.point), native::kGoOn);
}

// pc becomes the entry's plus `offset`. Uses rax.
void Lowering::write_pc(i64 offset) {
    const i64 in_page = offset + site_.page_offset;
    a_.mov(x86::rax, state_at(offsetof(CpuState, native.pc_page)));
    a_.add(x86::rax, static_cast<i32>(in_page));
    if (narrow_) a_.mov(x86::eax, x86::eax);
    a_.mov(state_at(offsetof(CpuState, pc)), x86::rax);
}

// Leaves where pc and the budget are right.
void Lowering::leave(native::ExitCode code) {
    a_.mov(x86::eax, static_cast<u32>(code));
    a_.jmp(slot_of(native::Symbol::kExit));
}

// Leaves with pc the entry's plus `offset`, in front of `behind` instructions of the block.
void Lowering::leave_at(i64 offset, u32 behind, native::ExitCode code) {
    a_.mov(x86::rax, native::pack_exit(code, behind, offset + site_.page_offset));
    a_.jmp(slot_of(native::Symbol::kExit));
}

// A move to memory that uses no register.
void Lowering::move_to_memory(const x86::Mem& to, const Values::Where& from, unsigned bytes) {
    x86::Mem place = to;
    place.setSize(bytes);
    if (from.constant) {
        if (bytes <= 4) {
            a_.mov(place, static_cast<i32>(from.bits));
            return;
        }
        place.setSize(4);
        a_.mov(place, static_cast<i32>(from.bits));
        place.addOffset(4);
        a_.mov(place, static_cast<i32>(from.bits >> 32));
    } else if (from.gpr != Values::kNowhere) {
        a_.mov(place, sized(x86::gpq(from.gpr), bytes));
    } else if (from.xmm != Values::kNowhere) {
        if (bytes == 8) {
            a_.movq(place, x86::xmm(from.xmm));
        } else {
            a_.movd(place, x86::xmm(from.xmm));
        }
    } else {
        x86::Mem source = from.memory;
        if (bytes == 8) {
            source.setSize(8);
            a_.push(source);
            a_.pop(place);
            return;
        }
        // By way of rax, which is put back.
        const x86::Mem aside = x86::ptr(x86::rsp, native::kFrameBytes - 8, 8);
        a_.mov(aside, x86::rax);
        a_.mov(x86::rax, source);
        a_.mov(place, sized(x86::rax, bytes));
        a_.mov(x86::rax, aside);
    }
}

// Whether the move reads guest state that another one of them writes.
bool Lowering::reads_written(const ExitMove& move, std::span<const ExitMove> moves) {
    const Values::Where& from = move.from;
    const bool in_register = from.gpr != Values::kNowhere || from.xmm != Values::kNowhere;
    if (in_register || from.constant || from.memory.baseId() != kStateBase.id()) return false;
    const i64 begin = from.memory.offset();
    return std::ranges::any_of(moves, [&](const ExitMove& other) {
        const i64 written = static_cast<i64>(other.offset);
        return &other != &move && written < begin + 8 && begin < written + ir::bytes_of(other.type);
    });
}

// All at once: what a move writes may be what another one reads, in a pinned register or in guest
// state. Such values go through the frame.
void Lowering::write_moves(std::span<const ExitMove> moves) {
    struct Late {
        const ExitMove* move;
        x86::Mem from;
    };
    std::pmr::vector<Late> late(&memory_);
    const auto put_aside = [&](const ExitMove& move) {
        const size_t offset = kMoveSlots + late.size() * sizeof(u64);
        if (offset >= kMoveSlotsEnd) throw Unsupported();
        const x86::Mem aside = x86::ptr(x86::rsp, static_cast<i32>(offset), 8);
        move_to_memory(aside, move.from, 8);
        late.push_back({&move, aside});
    };
    for (const ExitMove& move : moves) {
        const u8 pinned = slots_.find(move.offset);
        if (pinned == kNotPinned) {
            if (reads_written(move, moves)) put_aside(move);
        } else if (!slots_.whole(pinned, move.offset, move.type, block_.address)) {
            throw Unsupported();
        } else if (ir::bytes_of(move.type) == 4 || !values_.at_home(move.from, pinned)) {
            put_aside(move);
        }
    }
    for (const ExitMove& move : moves) {
        if (slots_.find(move.offset) != kNotPinned || reads_written(move, moves)) continue;
        move_to_memory(state_at(move.offset), move.from, ir::bytes_of(move.type));
    }
    for (const Late& value : late) {
        const unsigned bytes = ir::bytes_of(value.move->type);
        const u8 pinned = slots_.find(value.move->offset);
        if (pinned == kNotPinned) {
            move_to_memory(state_at(value.move->offset), {.memory = value.from}, bytes);
        } else if (bytes == 4) {
            x86::Mem half = value.from;
            half.setSize(4);
            values_.read_pinned_half(pinned, half);
        } else {
            values_.read_pinned(pinned, value.from);
        }
    }
}

void Lowering::write_exit(const Exit& exit) {
    a_.bind(exit.label);
    write_moves(exit.moves);
    leave_at(exit.pc, exit.behind, exit.code);
}

void Lowering::lower_exit_if(u32 index) {
    const Inst& inst = block_.insts[index];
    const Cc cc = test(inst.operands[0]);
    a_.j(cc, new_exit(block_.exits_of(inst).fault, static_cast<i64>(inst.imm),
                      block_.count - block_.begun_with(inst.point), native::kGoOn));
}

void Lowering::write_trap(u64 cause, const Values::Where& value) {
    a_.mov(state_at(offsetof(CpuState, trap_pending), 1), 1);
    move_to_memory(state_at(offsetof(CpuState, trap_cause)), {.constant = true, .bits = cause}, 8);
    move_to_memory(state_at(offsetof(CpuState, trap_value)), value, 8);
    if (narrow_) a_.mov(state_at(offsetof(CpuState, trap_value) + 4, 4), 0);
}

void Lowering::lower_trap_if(u32 index) {
    const Inst& inst = block_.insts[index];
    const Cc cc = test(inst.operands[0]);
    const asmjit::Label raises = a_.newLabel();
    a_.j(cc, raises);
    const asmjit::Label exit = trap_exit(inst);
    const Values::Where value = values_.where(inst.operands[1]);
    cold([=, this, cause = inst.imm] {
        a_.bind(raises);
        write_trap(cause, value);
        a_.jmp(exit);
    });
}

// Behind the guest instruction of a call that may have asked the run to end.
void Lowering::check_stop(u32 call) {
    const Inst& inst = block_.insts[call];
    pending_call_ = ir::kNoValue;
    a_.cmp(state_at(offsetof(CpuState, exit_request), 4), 0);
    const i64 pc = block_.is_last(inst.point) ? jump_offset() : block_.pc_behind(inst.point);
    const ir::LiveRange live = block_.exits_of(inst).stop;
    a_.jne(new_exit(live, pc, block_.count - block_.begun_with(inst.point), native::kGoOn));
    for (u32 i = 0; i < live.count; ++i) values_.release(block_.live[live.first + i].value);
}

// Where the block goes on behind a call in its last instruction.
i64 Lowering::jump_offset() const {
    const auto* jump = std::get_if<ir::Jump>(&block_.terminal);
    if (jump == nullptr) throw Unsupported();
    return jump->offset;
}

}  // namespace kiln::asmjit_backend
