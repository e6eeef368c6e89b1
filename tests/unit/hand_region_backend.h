// A backend of regions for tests of the engine: it compiles what HandCode can, each block of a
// region behind the other, and says what it compiled.
#pragma once

#include <atomic>
#include <list>

#include "hand_code.h"
#include "jit/backend.h"

namespace kiln::engine_test {

// What the code of regions adds one to when a block is run, and when the region is entered from
// outside: slots that no guest uses.
inline constexpr size_t kRegionBlocks = kRegisterSlots - 2;
inline constexpr size_t kRegionEntries = kRegisterSlots - 3;

class HandRegionBackend final : public RegionBackend, HandCode {
  public:
    // What all of them did since reset(). The compile thread writes it where it compiles.
    struct Log {
        std::vector<ir::Region> compiled;
        std::vector<RegionSite> sites;
        u32 asked = 0;
        u32 released = 0;
        bool refuses = false;
        size_t most_blocks = 100;  // larger regions are refused
        u32 region_bytes = 0;      // what regions say that they take, if not 0
    };
    static Log& log() {
        static Log log;
        return log;
    }
    // While this holds, compile() does not return.
    static std::atomic<bool>& held() {
        static std::atomic<bool> held = false;
        return held;
    }

    explicit HandRegionBackend(const native::Table& table)
        : space_(native::CodeSpace::kSmallest, table) {}

    std::string_view name() const override { return "hand"; }

    native::Region* compile(const ir::Region& region, const RegionSite& site) override {
        held().wait(true);
        ++log().asked;
        if (log().refuses || region.blocks.size() > log().most_blocks) return nullptr;
        region_ = &region;
        site_ = site;
        space_.make_room([](native::Block&) {});
        native::Block& kept = space_.new_block(1);
        target_ = &made_.emplace_back(region);
        begin(space_.room().run, space_.slot(native::Symbol::kExit));
        if (!write()) return nullptr;
        log().compiled.push_back(region);
        log().sites.push_back(site);
        std::memcpy(space_.room().write, code_.data(), code_.size());
        space_.publish(kept, code_.size());
        finish();
        return &target_->region;
    }
    void release(native::Region& region) noexcept override {
        ++log().released;
        // Whoever uses it all the same shall notice.
        for (native::Block& entry : region.entries) entry.entry = 0;
    }

  private:
    // A region with what it consists of.
    struct Made {
        explicit Made(const ir::Region& from)
            : entries(from.entries.size()), edges(2 * from.blocks.size()) {}
        native::Region region{};
        std::vector<native::Block> entries;
        std::vector<native::Edge> edges;
        std::vector<native::Region::InnerEdge> inner;
        size_t used = 0;  // of edges
    };

    const ir::RegionBlock& at(u32 index) const { return region_->blocks[index]; }
    static i64 page_of(i64 offset) { return offset & static_cast<i64>(kPageMask); }
    u64 longest() const {
        u64 sum = 0;
        for (const ir::RegionBlock& block : region_->blocks) sum += block.block.count;
        return sum;
    }

    bool write() {
        starts_.assign(region_->blocks.size(), 0);
        jumps_.clear();
        for (size_t i = 0; i < region_->entries.size(); ++i) write_entry(i);
        for (u32 i = 0; i < starts_.size(); ++i)
            if (!write_block(i)) return false;
        for (const auto& [from, to] : jumps_) aim(from, starts_[to]);
        return true;
    }

    void leave(u32 index, i64 offset, native::ExitCode code, u32 behind = 0) {
        const i64 in_page = at(index).offset - page_of(at(index).offset);
        leave_with(native::pack_exit(code, behind, in_page + offset));
    }
    void write_entry(size_t number) {
        const u32 index = region_->entries[number];
        native::Block& entry = target_->entries[number];
        entry.count = at(index).block.count;
        entry.leave = run_ + code_.size();
        leave(index, 0, native::kGoOn);
        entry.entry = run_ + code_.size();
        count_in(kRegionEntries);
        jump_to(index);
    }
    void jump_to(u32 index) {
        bytes({0xe9});
        jumps_.emplace_back(code_.size(), index);
        number(0);
    }

    bool write_block(u32 index) {
        const ir::Block& block = at(index).block;
        starts_[index] = code_.size();
        in_page_ = at(index).offset - page_of(at(index).offset);
        if (std::ranges::count(region_->entries, index) != 0) {
            bytes({0x49, 0x81, 0xfc});  // cmp r12, longest
            number(static_cast<i64>(longest()));
            jump_late({0x0f, 0x8c}, [=, this] { leave(index, 0, native::kInterpret); });
        }
        bytes({0x49, 0x81, 0xec});  // sub r12, count
        number(block.count);
        count_in(kRegionBlocks);
        const auto leave_at = [&](const ir::GuestPoint& point) {
            leave(index, point.pc, native::kInterpret, block.count - point.begun);
        };
        bool done;
        if (!write_insts(block, leave_at, done)) return false;
        if (!done && !write_terminal(index)) return false;
        write_late();
        return true;
    }
    bool write_terminal(u32 index) {
        const ir::RegionBlock& from = at(index);
        if (const auto* jump = std::get_if<ir::Jump>(&from.block.terminal)) {
            go_to(from, jump->offset, from.next);
            return true;
        }
        if (const auto* branch = std::get_if<ir::Branch>(&from.block.terminal)) {
            const auto taken = [this, &from, offset = branch->taken] {
                go_to(from, offset, from.next);
            };
            if (!write_branch(from.block, *branch, taken)) return false;
            go_to(from, branch->not_taken, from.not_taken);
            return true;
        }
        const auto* jump = std::get_if<ir::IndirectJump>(&from.block.terminal);
        return jump != nullptr && write_indirect(from.block, *jump);
    }
    void go_to(const ir::RegionBlock& from, i64 offset, u32 to) {
        const i64 target = from.offset + offset;
        const i64 page = page_of(target) - page_of(from.offset);
        const i64 in_page = target - page_of(target);
        const bool keyed = page != 0 || in_page >= site_.keyed_from;
        if (to != ir::kOutside && !keyed) return jump_to(to);
        native::Edge& edge = target_->edges[target_->used++];
        edge.keyed = keyed;
        edge.key = kNoKey;
        edge.offset = static_cast<u16>(in_page);
        edge.from = target_->entries.data();
        const auto unlinked = [this, &edge] { leave_through(edge); };
        if (keyed) write_key(edge, page, unlinked);
        if (to != ir::kOutside) {
            target_->inner.push_back({&edge, to});
            jump_to(to);
        } else {
            write_edge(edge, unlinked);
        }
    }

    void finish() {
        for (native::Block& entry : target_->entries) {
            entry.code = reinterpret_cast<const void*>(run_);
            entry.code_bytes = static_cast<u32>(code_.size());
        }
        target_->entries.front().edges = std::span(target_->edges).first(target_->used);
        native::Region& region = target_->region;
        region.entries = target_->entries;
        region.inner = target_->inner;
        region.code = reinterpret_cast<const void*>(run_);
        region.code_bytes =
            log().region_bytes != 0 ? log().region_bytes : static_cast<u32>(code_.size());
        region.instructions = static_cast<u32>(longest());
        region.level = site_.level;
        region.compile_seconds = 0.25;
    }

    native::CodeSpace space_;
    std::list<Made> made_;
    const ir::Region* region_ = nullptr;
    RegionSite site_{};
    Made* target_ = nullptr;
    std::vector<size_t> starts_;                 // of the blocks, in the code
    std::vector<std::pair<size_t, u32>> jumps_;  // distances to blocks, to be filled in
};

inline std::unique_ptr<RegionBackend> make_hand_regions(const RegionBackendSetup& setup) {
    return std::make_unique<HandRegionBackend>(setup.table);
}

}  // namespace kiln::engine_test
