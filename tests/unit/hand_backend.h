// A backend for tests of the engine: it compiles blocks that add constants to registers, jump and
// branch, and says what it compiled. Loads and stores it leaves to the interpreter.
#pragma once

#include <cstring>
#include <functional>
#include <vector>

#include "jit/backend.h"

namespace kiln::engine_test {

// What hand-made native code adds one to when a block is entered: a slot that no guest uses.
inline constexpr size_t kNativeEntries = kRegisterSlots - 1;

class HandBackend final : public Backend {
  public:
    // What all of them did since reset().
    struct Log {
        std::vector<u32> compiled;  // page offset of each block
        u32 asked = 0;
        bool refuses = false;
        size_t block_bytes = 0;  // blocks are made at least that long
    };
    static Log& log() {
        static Log log;
        return log;
    }

    explicit HandBackend(native::CodeSpace& space) : space_(space) {}

    std::string_view name() const override { return "hand"; }

    native::Block* compile(const ir::Block& block, const CompileSite& site) override {
        ++log().asked;
        block_ = &block;
        site_ = site;
        code_.clear();
        late_.clear();
        edges_ = 0;
        target_ = &space_.new_block(2);
        target_->count = block.count;
        run_ = space_.room().run;
        if (log().refuses || !write()) return nullptr;
        log().compiled.push_back(site.page_offset);
        code_.resize(std::max(code_.size(), log().block_bytes));
        std::memcpy(space_.room().write, code_.data(), code_.size());
        space_.publish(*target_, code_.size());
        return target_;
    }

  private:
    static constexpr u64 kPage = offsetof(CpuState, native.pc_page);

    void bytes(std::initializer_list<unsigned> list) {
        for (const unsigned byte : list) code_.push_back(static_cast<u8>(byte));
    }
    void number(i64 value) {
        const auto low = static_cast<i32>(value);
        const auto* raw = reinterpret_cast<const u8*>(&low);
        code_.insert(code_.end(), raw, raw + sizeof low);
    }
    // An instruction that refers to a word of data relative to its end.
    void relative(std::initializer_list<unsigned> opcode, u64 address) {
        bytes(opcode);
        number(static_cast<i64>(address - (run_ + code_.size() + 4)));
    }
    // A jump to what `write` writes behind the rest.
    void jump_late(std::initializer_list<unsigned> opcode, std::function<void()> write) {
        bytes(opcode);
        late_.push_back({code_.size(), std::move(write)});
        number(0);
    }
    void write_late() {
        for (size_t i = 0; i < late_.size(); ++i) {
            const auto distance = static_cast<i32>(code_.size() - late_[i].at - 4);
            std::memcpy(code_.data() + late_[i].at, &distance, sizeof distance);
            const auto write = late_[i].write;
            write();
        }
    }
    void on_state(std::initializer_list<unsigned> opcode, u64 offset) {
        bytes(opcode);
        number(static_cast<i64>(offset));
    }
    u64 exit_slot() const { return space_.slot(native::Symbol::kExit); }
    void leave(i64 offset, native::ExitCode code, u32 behind = 0) {
        bytes({0xb8});  // mov eax, exit
        number(static_cast<i64>(native::pack_exit(code, behind, site_.page_offset + offset)));
        relative({0xff, 0x25}, exit_slot());
    }

    bool write() {
        target_->entry = run_;
        bytes({0x49, 0x81, 0xec});  // sub r12, count
        number(block_->count);
        jump_late({0x0f, 0x8c}, [this] {  // jl
            leave(0, native::kGoOn, block_->count);
            target_->leave = run_ + code_.size();
            leave(0, native::kGoOn);
        });
        on_state({0x49, 0x83, 0x85}, kNativeEntries * sizeof(u64));  // add [r13 + slot], 1
        bytes({1});
        for (const ir::Inst& inst : block_->insts) {
            switch (inst.opcode) {
                case ir::Opcode::load:
                case ir::Opcode::store: {
                    // The rest is not reached.
                    const ir::GuestPoint point = block_->points[inst.point];
                    write_live(block_->exits_of(inst).fault);
                    leave(point.pc, native::kInterpret, block_->count - point.begun);
                    write_late();
                    return true;
                }
                case ir::Opcode::set:
                    if (!write_set(inst.imm, inst.operands[0])) return false;
                    break;
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
        if (!write_terminal()) return false;
        write_late();
        return true;
    }
    const ir::Inst& inst(ir::ValueId id) const { return block_->insts[id]; }
    bool is(ir::ValueId id, ir::Opcode opcode) const { return inst(id).opcode == opcode; }

    void write_live(const ir::LiveRange& range) {
        for (u32 i = 0; i < range.count; ++i)
            write_set(block_->live[range.first + i].offset, block_->live[range.first + i].value);
    }
    // [offset] = constant, or += constant.
    bool write_set(u64 offset, ir::ValueId id) {
        if (is(id, ir::Opcode::imm)) {
            on_state({0x49, 0xc7, 0x85}, offset);
            number(static_cast<i64>(inst(id).imm));
            return true;
        }
        if (!is(id, ir::Opcode::add)) return false;
        const ir::Inst& add = inst(id);
        if (!is(add.operands[0], ir::Opcode::get) || inst(add.operands[0]).imm != offset ||
            !is(add.operands[1], ir::Opcode::imm))
            return false;
        on_state({0x49, 0x81, 0x85}, offset);
        number(static_cast<i64>(inst(add.operands[1]).imm));
        return true;
    }

    bool write_terminal() {
        if (const auto* jump = std::get_if<ir::Jump>(&block_->terminal)) {
            write_edge(jump->offset);
            return true;
        }
        if (const auto* branch = std::get_if<ir::Branch>(&block_->terminal))
            return write_branch(*branch);
        if (const auto* jump = std::get_if<ir::IndirectJump>(&block_->terminal))
            return write_indirect(*jump);
        return false;
    }
    // Where two registers differ.
    bool write_branch(const ir::Branch& branch) {
        if (!is(branch.condition, ir::Opcode::ne)) return false;
        const auto& values = inst(branch.condition).operands;
        u64 offsets[2];
        for (int i = 0; i < 2; ++i)
            if (!offset_of(values[i], offsets[i])) return false;
        on_state({0x49, 0x8b, 0x85}, offsets[0]);  // mov rax, [r13 + a]
        on_state({0x49, 0x3b, 0x85}, offsets[1]);  // cmp rax, [r13 + b]
        jump_late({0x0f, 0x85}, [this, offset = branch.taken] { write_edge(offset); });
        write_edge(branch.not_taken);
        return true;
    }
    // The register that holds a value when the block is done.
    bool offset_of(ir::ValueId id, u64& offset) const {
        for (const ir::Inst& set : block_->insts) {
            if (set.opcode == ir::Opcode::set && set.operands[0] == id) {
                offset = set.imm;
                return true;
            }
        }
        offset = inst(id).imm;
        return is(id, ir::Opcode::get);
    }
    void write_edge(i64 offset) {
        native::Edge& edge = target_->edges[edges_++];
        const auto from_page = static_cast<i64>(site_.page_offset) + offset;
        const i64 page = from_page & static_cast<i64>(kPageMask);
        const i64 in_page = from_page - page;
        edge.keyed = page != 0 || site_.straddles || in_page >= site_.keyed_from;
        edge.key = kNoKey;
        edge.offset = static_cast<u16>(in_page);
        const auto unlinked = [this, &edge] {
            if (edge.unlinked == 0) edge.unlinked = edge.target = run_ + code_.size();
            relative({0x48, 0x8d, 0x05}, reinterpret_cast<u64>(&edge));  // lea rax, edge
            relative({0xff, 0x25}, exit_slot());
        };
        if (edge.keyed) {
            on_state({0x49, 0x81, 0x85}, kPage);  // add [r13 + page], page
            number(page);
            on_state({0x49, 0x8b, 0x85}, offsetof(CpuState, fetch_key));
            relative({0x48, 0x3b, 0x05}, reinterpret_cast<u64>(&edge.key));
            jump_late({0x0f, 0x85}, unlinked);
        } else {
            late_.push_back({code_.size() + 1, unlinked});
            bytes({0xa9});  // test eax, distance: nothing jumps there
            number(0);
        }
        relative({0xff, 0x25}, reinterpret_cast<u64>(&edge.target));
    }
    bool write_indirect(const ir::IndirectJump& jump) {
        ir::ValueId target = jump.target;
        if (is(target, ir::Opcode::bit_and)) target = inst(target).operands[0];
        u64 offset;
        if (!offset_of(target, offset)) return false;
        const auto unknown = [this] {
            on_state({0x49, 0x89, 0xad}, offsetof(CpuState, pc));  // mov [r13 + pc], rbp
            bytes({0x31, 0xc0});
            relative({0xff, 0x25}, exit_slot());
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

    struct Late {
        size_t at;  // of the distance to fill in
        std::function<void()> write;
    };

    native::CodeSpace& space_;
    const ir::Block* block_ = nullptr;
    CompileSite site_{};
    native::Block* target_ = nullptr;
    u64 run_ = 0;
    std::vector<u8> code_;
    std::vector<Late> late_;
    size_t edges_ = 0;
};

inline std::unique_ptr<Backend> make_hand_backend(native::CodeSpace& space, const native::Layout&) {
    return std::make_unique<HandBackend>(space);
}

}  // namespace kiln::engine_test
