// Machine code written by hand, for tests of the engine: what blocks and regions have in common. It
// adds constants to registers, jumps and branches. Loads and stores it leaves to the interpreter.
#pragma once

#include <cstring>
#include <functional>
#include <initializer_list>
#include <vector>

#include "jit/ir/block.h"
#include "jit/native/convention.h"
#include "jit/native/native_block.h"

namespace kiln::engine_test {

class HandCode {
  protected:
    using Opcode = std::initializer_list<unsigned>;
    static constexpr u64 kPage = offsetof(CpuState, native.pc_page);

    // Code begins that will run at `run` and leaves through the word at `exit_slot`.
    void begin(u64 run, u64 exit_slot) {
        run_ = run;
        exit_slot_ = exit_slot;
        code_.clear();
        late_.clear();
    }

    void bytes(Opcode list) {
        for (const unsigned byte : list) code_.push_back(static_cast<u8>(byte));
    }
    void number(i64 value) {
        const auto low = static_cast<i32>(value);
        const auto* raw = reinterpret_cast<const u8*>(&low);
        code_.insert(code_.end(), raw, raw + sizeof low);
    }
    // mov rax, value
    void load_rax(u64 value) {
        bytes({0x48, 0xb8});
        number(static_cast<i64>(value));
        number(static_cast<i64>(value >> 32));
    }
    void on_state(Opcode opcode, u64 offset) {
        bytes(opcode);
        number(static_cast<i64>(offset));
    }
    // Adds one to a slot of the register file.
    void count_in(size_t slot) {
        on_state({0x49, 0x83, 0x85}, slot * sizeof(u64));
        bytes({1});
    }
    // A jump to what `write` writes behind the rest.
    void jump_late(Opcode opcode, std::function<void()> write) {
        bytes(opcode);
        late_.push_back({code_.size(), std::move(write)});
        number(0);
    }
    void write_late() {
        for (size_t i = 0; i < late_.size(); ++i) {
            aim(late_[i].at, code_.size());
            const auto write = late_[i].write;
            write();
        }
        late_.clear();
    }
    // The distance at `at` leads to `to`.
    void aim(size_t at, size_t to) {
        const auto distance = static_cast<i32>(to - at - 4);
        std::memcpy(code_.data() + at, &distance, sizeof distance);
    }
    // Leaves for `exit`.
    void leave_with(u64 exit) {
        load_rax(exit_slot_);
        bytes({0x48, 0x89, 0xc3});  // mov rbx, rax
        load_rax(exit);
        bytes({0xff, 0x23});  // jmp [rbx]
    }

    // The block's operations, up to the first access: that is left by `leave_at`. False: an
    // operation is unknown. `done`: the terminal is not reached.
    bool write_insts(const ir::Block& block,
                     const std::function<void(const ir::GuestPoint&)>& leave_at, bool& done) {
        for (const ir::Inst& inst : block.insts) {
            switch (inst.opcode) {
                case ir::Opcode::load:
                case ir::Opcode::store:
                    write_live(block, block.exits_of(inst).fault);
                    leave_at(block.points[inst.point]);
                    done = true;
                    return true;
                case ir::Opcode::set:
                    if (!write_set(block, inst.imm, inst.operands[0])) return false;
                    break;
                case ir::Opcode::pc:
                case ir::Opcode::imm:
                case ir::Opcode::get:
                case ir::Opcode::add:
                case ir::Opcode::bit_and:
                case ir::Opcode::ne:
                    break;
                default:
                    return false;
            }
        }
        done = false;
        return true;
    }

    // Jumps where two registers differ; `taken` writes what comes there.
    bool write_branch(const ir::Block& block, const ir::Branch& branch,
                      std::function<void()> taken) {
        if (!is(block, branch.condition, ir::Opcode::ne)) return false;
        const auto& values = block.insts[branch.condition].operands;
        u64 offsets[2];
        for (int i = 0; i < 2; ++i)
            if (!offset_of(block, values[i], offsets[i])) return false;
        on_state({0x49, 0x8b, 0x85}, offsets[0]);  // mov rax, [r13 + a]
        on_state({0x49, 0x3b, 0x85}, offsets[1]);  // cmp rax, [r13 + b]
        jump_late({0x0f, 0x85}, std::move(taken));
        return true;
    }

    // Goes where the hart's jump table says.
    bool write_indirect(const ir::Block& block, const ir::IndirectJump& jump) {
        ir::ValueId target = jump.target;
        if (is(block, target, ir::Opcode::bit_and)) target = block.insts[target].operands[0];
        u64 offset;
        if (!offset_of(block, target, offset)) return false;
        const auto unknown = [this] {
            on_state({0x49, 0x89, 0xad}, offsetof(CpuState, pc));  // mov [r13 + pc], rbp
            leave_with(native::kGoOn);
        };
        on_state({0x49, 0x8b, 0xad}, offset);         // mov rbp, [r13 + offset]
        bytes({0x48, 0x83, 0xe5, 0xfe});              // and rbp, -2
        bytes({0x89, 0xe8, 0xc1, 0xe0, 0x04, 0x25});  // mov eax, ebp; shl eax, 4; and eax, mask
        number((kNativeJumps - 1) * sizeof(NativeJump));
        on_state({0x49, 0x03, 0x85}, offsetof(CpuState, native.jumps));
        bytes({0x48, 0x3b, 0x28});  // cmp rbp, [rax]
        jump_late({0x0f, 0x85}, unknown);
        on_state({0x4d, 0x8b, 0x95}, offsetof(CpuState, fetch_key));
        bytes({0x4c, 0x3b, 0x50, offsetof(NativeJump, key)});
        jump_late({0x0f, 0x85}, unknown);
        bytes({0x4c, 0x8b, 0x50, offsetof(NativeJump, entry)});
        bytes({0x48, 0x81, 0xe5});  // and rbp, page mask
        number(static_cast<i64>(kPageMask));
        on_state({0x49, 0x89, 0xad}, kPage);
        bytes({0x41, 0xff, 0x22});  // jmp [r10]
        return true;
    }

    // Where an edge is keyed: changes the page and leads on while its key holds. `unlinked` writes
    // what comes where not.
    void write_key(const native::Edge& edge, i64 page, std::function<void()> unlinked) {
        on_state({0x49, 0x81, 0x85}, kPage);  // add [r13 + page], page
        number(page);
        load_rax(reinterpret_cast<u64>(&edge.key));
        bytes({0x48, 0x8b, 0x00});  // mov rax, [rax]
        on_state({0x49, 0x3b, 0x85}, offsetof(CpuState, fetch_key));
        jump_late({0x0f, 0x85}, std::move(unlinked));
    }
    // Goes where the edge leads; `unlinked` as above, reached through its target.
    void write_edge(const native::Edge& edge, std::function<void()> unlinked) {
        bytes({0xa9});  // test eax, distance: nothing jumps there
        late_.push_back({code_.size(), std::move(unlinked)});
        number(0);
        load_rax(reinterpret_cast<u64>(&edge.target));
        bytes({0xff, 0x20});  // jmp [rax]
    }
    // The code that leaves through an edge.
    void leave_through(native::Edge& edge) {
        if (edge.unlinked == 0) edge.unlinked = edge.target = run_ + code_.size();
        leave_with(reinterpret_cast<u64>(&edge));
    }

    u64 run_ = 0;
    std::vector<u8> code_;
    i64 in_page_ = 0;  // where the block begins that is being written

  private:
    struct Late {
        size_t at;  // of the distance to fill in
        std::function<void()> write;
    };

    static bool is(const ir::Block& block, ir::ValueId id, ir::Opcode opcode) {
        return block.insts[id].opcode == opcode;
    }
    void write_live(const ir::Block& block, const ir::LiveRange& range) {
        for (u32 i = 0; i < range.count; ++i)
            write_set(block, block.live[range.first + i].offset, block.live[range.first + i].value);
    }
    // [offset] = constant, or pc + constant, or += constant.
    bool write_set(const ir::Block& block, u64 offset, ir::ValueId id) {
        const ir::Inst& value = block.insts[id];
        if (value.opcode == ir::Opcode::imm) {
            on_state({0x49, 0xc7, 0x85}, offset);
            number(static_cast<i64>(value.imm));
            return true;
        }
        if (value.opcode == ir::Opcode::pc) {
            on_state({0x49, 0x8b, 0x85}, kPage);  // mov rax, [r13 + page]
            bytes({0x48, 0x05});                  // add rax, distance
            number(in_page_ + static_cast<i64>(value.imm));
            on_state({0x49, 0x89, 0x85}, offset);  // mov [r13 + offset], rax
            return true;
        }
        if (value.opcode != ir::Opcode::add) return false;
        const ir::Inst& from = block.insts[value.operands[0]];
        const ir::Inst& by = block.insts[value.operands[1]];
        if (from.opcode != ir::Opcode::get || from.imm != offset || by.opcode != ir::Opcode::imm)
            return false;
        on_state({0x49, 0x81, 0x85}, offset);
        number(static_cast<i64>(by.imm));
        return true;
    }
    // The register that holds a value when the block is done.
    static bool offset_of(const ir::Block& block, ir::ValueId id, u64& offset) {
        for (const ir::Inst& set : block.insts) {
            if (set.opcode == ir::Opcode::set && set.operands[0] == id) {
                offset = set.imm;
                return true;
            }
        }
        offset = block.insts[id].imm;
        return is(block, id, ir::Opcode::get);
    }

    u64 exit_slot_ = 0;
    std::vector<Late> late_;
};

}  // namespace kiln::engine_test
