// A backend for tests of the engine: it compiles blocks as HandCode can, and says what it compiled.
#pragma once

#include "hand_code.h"
#include "jit/backend.h"

namespace kiln::engine_test {

// What hand-made native code adds one to when a block is entered: a slot that no guest uses.
inline constexpr size_t kNativeEntries = kRegisterSlots - 1;

class HandBackend final : public Backend, HandCode {
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
        edges_ = 0;
        target_ = &space_.new_block(2);
        target_->count = block.count;
        begin(space_.room().run, space_.slot(native::Symbol::kExit));
        if (log().refuses || !write()) return nullptr;
        log().compiled.push_back(site.page_offset);
        code_.resize(std::max(code_.size(), log().block_bytes));
        std::memcpy(space_.room().write, code_.data(), code_.size());
        space_.publish(*target_, code_.size());
        return target_;
    }

  private:
    void leave(i64 offset, native::ExitCode code, u32 behind = 0) {
        leave_with(native::pack_exit(code, behind, site_.page_offset + offset));
    }

    bool write() {
        in_page_ = site_.page_offset;
        target_->entry = run_;
        bytes({0x49, 0x81, 0xec});  // sub r12, count
        number(block_->count);
        jump_late({0x0f, 0x8c}, [this] {  // jl
            leave(0, native::kGoOn, block_->count);
            target_->leave = run_ + code_.size();
            leave(0, native::kGoOn);
        });
        count_in(kNativeEntries);
        const auto leave_at = [this](const ir::GuestPoint& point) {
            leave(point.pc, native::kInterpret, block_->count - point.begun);
        };
        bool done;
        if (!write_insts(*block_, leave_at, done)) return false;
        if (!done && !write_terminal()) return false;
        write_late();
        return true;
    }

    bool write_terminal() {
        if (const auto* jump = std::get_if<ir::Jump>(&block_->terminal)) {
            write_edge_to(jump->offset);
            return true;
        }
        if (const auto* branch = std::get_if<ir::Branch>(&block_->terminal)) {
            const auto taken = [this, offset = branch->taken] { write_edge_to(offset); };
            if (!write_branch(*block_, *branch, taken)) return false;
            write_edge_to(branch->not_taken);
            return true;
        }
        const auto* jump = std::get_if<ir::IndirectJump>(&block_->terminal);
        return jump != nullptr && write_indirect(*block_, *jump);
    }
    void write_edge_to(i64 offset) {
        native::Edge& edge = target_->edges[edges_++];
        const auto from_page = static_cast<i64>(site_.page_offset) + offset;
        const i64 page = from_page & static_cast<i64>(kPageMask);
        const i64 in_page = from_page - page;
        edge.keyed = page != 0 || site_.straddles || in_page >= site_.keyed_from;
        edge.key = kNoKey;
        edge.offset = static_cast<u16>(in_page);
        const auto unlinked = [this, &edge] { leave_through(edge); };
        if (edge.keyed) write_key(edge, page, unlinked);
        write_edge(edge, unlinked);
    }

    native::CodeSpace& space_;
    const ir::Block* block_ = nullptr;
    CompileSite site_{};
    native::Block* target_ = nullptr;
    size_t edges_ = 0;
};

inline std::unique_ptr<Backend> make_hand_backend(native::CodeSpace& space, const native::Layout&) {
    return std::make_unique<HandBackend>(space);
}

}  // namespace kiln::engine_test
