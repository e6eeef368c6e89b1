// Definitions of HotCode's members, for the files that instantiate it.
#pragma once

#include <chrono>
#include <fmt/format.h>

#include "jit/branch_share.h"
#include "jit/guest_lines.h"
#include "jit/hot_code.h"
#include "jit/hot_regions_impl.h"
#include "jit/native/link.h"
#include "jit/native/transfer_impl.h"
#include "jit/translate_block.h"

namespace kiln {

template <Guest G>
HotCode<G>::HotCode(const HotCodeSetup& setup, Memory& memory, CodeCache<G>& cache,
                    MakeBlock<G> make_block)
    : memory_(memory), cache_(cache), listener_(setup.listener), policy_(setup.tier_up) {
    cache.set_listener(listener_);
    if (setup.make_backend != nullptr) {
        space_.emplace(setup.code_cache, native::table_of<G>());
        backend_ = setup.make_backend(*space_, native::layout_of<G>());
    }
    if (setup.make_regions != nullptr)
        regions_.emplace(setup, memory, cache, policy_, std::move(make_block));
    if (listener_ != nullptr)
        listener_->on_space(space_ ? space_->memory() : std::span<const std::byte>());
}

template <Guest G>
void HotCode<G>::attach(Hart& hart, const FetchCache& fetches) {
    seats_.push_back({&hart, std::make_unique<JumpTable>()});
    hart.native.jumps = seats_.back().jumps->data();
    if (!regions_) return;
    regions_->attach(hart, fetches);
    hart.open_user_windows();
}

template <Guest G>
void HotCode<G>::at_safe_point() {
    if (!regions_) return;
    regions_->take_results();
    if (!regions_->wants_release()) return;
    forget_jumps();
    regions_->release();
}

template <Guest G>
void HotCode<G>::take_in(const Hart& hart, Block& block) {
    if (revive(hart, block)) return;
    const bool known = regions_ && !regions_->known(block).empty();
    block.set_due(known ? 1 : policy_.interval());
}

template <Guest G>
bool HotCode<G>::revive(const Hart& hart, Block& block) {
    // Nothing is dormant where nothing was overwritten and no region took the place of a block.
    const bool some = cache_.native_invalidated() != 0 || regions_;
    if (!some || block.straddles()) return false;
    native::Block* native = versions_.wake(origin_of(block), &block);
    if (native == nullptr) return false;
    settle_in(block, *native);
    ++stats_.blocks_revived;
    if (listener_ != nullptr) {
        tell(hart, block, hart.pc, translate_block<G>(memory_, hart, block));
        listener_->on_ready();
    }
    return true;
}

template <Guest G>
void HotCode<G>::arrive(Hart& hart, Block& block, u64 exit) {
    if (goes_on_inside(hart, block, exit)) return;
    if (block.is_due() && exit != native::kInterpret) {
        const u64 before = reuses();
        look_at(hart, block);
        // The edge may have gone with the code that it belonged to.
        if (reuses() != before) exit = native::kGoOn;
    }
    connect(hart, block, exit);
}

template <Guest G>
void HotCode<G>::look_at(Hart& hart, Block& due) {
    if (look_for_known(hart, due)) return;
    if (policy_.is_hot(due.heat, due.physical >> kPageBits)) {
        make_native(hart, due);
    } else {
        // The entry under way is counted when it is made.
        due.set_due(policy_.interval() + 1);
    }
}

// Asks for a region that the block is known to begin. Whether it is too early for anything else:
// then the block is due again soon, less and less often, if it does not have code now.
template <Guest G>
bool HotCode<G>::look_for_known(Hart& hart, Block& due) {
    if (!regions_) return false;
    const auto known = regions_->known(due);
    if (known.empty()) return false;
    if (regions_->ask_for_known(hart, due, hart.pc, known)) {
        if (listener_ != nullptr) listener_->on_ready();
        return true;
    }
    const u64 entries = due.entries();
    if (entries + kLookAgain >= policy_.interval()) return false;
    due.set_due(std::min(std::max(entries, kLookAgain), policy_.interval()) + 1);
    return true;
}

// Has the block compiled, which is hot.
template <Guest G>
void HotCode<G>::make_native(Hart& hart, Block& hot) {
    const bool wanted = std::exchange(hot.wanted, false);
    if (backend_ == nullptr) {
        if (regions_->compile(hart, hot, hart.pc)) {
            if (listener_ != nullptr) listener_->on_ready();
        } else if (regions_->rests(hot)) {
            hot.set_due(std::max(policy_.interval(), kAskAgain) + 1);
        } else {
            hot.set_due(0);
            hot.refused = true;
        }
        return;
    }
    if (!revive(hart, hot)) compile_around(hart, hot);
    // One region serves all of its blocks that were asked for.
    if (wanted && regions_ && hot.regions == 0) regions_->ask_for(hart, hot, hart.pc, kRequested);
}

// Whether a region was left that goes on there: the way is open from now on while the mapping holds
// under which it leads there.
template <Guest G>
bool HotCode<G>::goes_on_inside(const Hart& hart, const Block& block, u64 exit) {
    if (exit == native::kGoOn || exit == native::kInterpret) return false;
    auto& edge = *reinterpret_cast<native::Edge*>(exit);
    if (edge.inner != &block || edge.from->owner == nullptr) return false;
    edge.key = hart.fetch_key;
    return true;
}

// Native code that goes to hart.pc finds the block there from now on.
template <Guest G>
void HotCode<G>::connect(Hart& hart, Block& block, u64 exit) {
    if (exit == native::kInterpret) return;
    if (exit == native::kGoOn) {
        if (block.native == nullptr) return;
        (*seats_[hart.id].jumps)[native_jump_index(hart.pc)] = {hart.pc, hart.fetch_key,
                                                                &block.native->entry};
        return;
    }
    auto& edge = *reinterpret_cast<native::Edge*>(exit);
    // A block that reaches over the page's end depends on the mapping.
    if (edge.from->owner == nullptr || (block.straddles() && !edge.keyed)) return;
    if (edge.inner != nullptr || block.native == nullptr) return;
    // No way leads from one mode to another, which an edge inside a page would not ask about.
    if (static_cast<const Block*>(edge.from->owner)->mode != block.mode) return;
    native::link(edge, *block.native, hart.fetch_key);
    ++stats_.links;
}

// Compiles a block and what it leads to in its page, as far as that ran already.
template <Guest G>
void HotCode<G>::compile_around(Hart& hart, Block& hot) {
    std::array<Block*, kTogether> blocks{&hot};
    size_t found = 1;
    for (size_t next = 0; next < found; ++next) {
        const Block& block = *blocks[next];
        ir::Terminal terminal;
        // Inside a page virtual and physical addresses differ by the same amount everywhere.
        const u64 pc = static_cast<typename G::Address>(hart.pc + (block.physical - hot.physical));
        if (!compile(hart, *blocks[next], pc, terminal) || block.straddles()) continue;
        const auto add = [&](i64 offset) {
            const u64 target = block.physical + static_cast<u64>(offset);
            if ((target ^ block.physical) >> kPageBits != 0) return;
            Block* other = cache_.look_up(target, block.mode);
            const bool wanted =
                other != nullptr && other->native == nullptr && !other->refused &&
                std::find(blocks.begin(), blocks.begin() + found, other) == blocks.begin() + found;
            if (wanted && found < kTogether) blocks[found++] = other;
        };
        ir::for_each_target(terminal, add);
    }
    if (listener_ != nullptr) listener_->on_ready();
}

template <Guest G>
bool HotCode<G>::compile(Hart& hart, Block& block, u64 pc, ir::Terminal& terminal) {
    const auto start = std::chrono::steady_clock::now();
    if (space_->make_room([this](native::Block& native) { release(native); })) forget_jumps();
    const ir::Block ir = translate_block<G>(memory_, hart, block);
    native::Block* native = backend_->compile(ir, site_of(hart, block));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    stats_.compile_seconds += taken.count();
    if (native == nullptr) {
        block.set_due(0);
        block.refused = true;
        ++stats_.blocks_refused;
        return false;
    }
    note_share(cache_, block, ir.terminal);
    native->owner = &block;
    settle_in(block, *native);
    if (!block.straddles()) versions_.add(*native, origin_of(block));
    ++stats_.blocks_compiled;
    stats_.instructions_compiled += block.count;
    stats_.code_bytes += native->code_bytes;
    terminal = ir.terminal;
    if (listener_ != nullptr) tell(hart, block, pc, ir);
    return true;
}

// The native code stands in front of the block from now on.
template <Guest G>
void HotCode<G>::settle_in(Block& block, native::Block& native) {
    block.set_due(0);
    block.native = &native;
    block.code()->handler = &interp::run_native<G>;
}

template <Guest G>
void HotCode<G>::tell(const Hart& hart, const Block& block, u64 pc, const ir::Block& ir) const {
    const BlockCode<G> code(memory_, block);
    const auto disassemble = [&] {
        std::vector<GuestLine> lines;
        add_guest_lines<G>(lines, hart, code.bytes().first(ir.end), pc);
        return lines;
    };
    listener_->on_code({.name = fmt::format("kiln:{}:{:x}", G::kName, pc),
                        .pc = pc,
                        .physical = block.physical,
                        .mode = block.mode,
                        .instructions = ir.count,
                        .guest = code.bytes().first(ir.end),
                        .ir = ir,
                        .host = {block.native->begin(), block.native->code_bytes},
                        .disassemble = disassemble,
                        .others = {}});
}

// The block's mode is the hart's.
template <Guest G>
CompileSite HotCode<G>::site_of(const Hart& hart, const Block& block) const {
    return {.page_offset = static_cast<u32>(block.physical & ~kPageMask),
            .straddles = block.straddles(),
            .keyed_from = kPageSize - G::kMaxInsnBytes + G::kInsnAlignment,
            .direct = (block.mode & kModeDirect) != 0,
            .host_rounding = hart.host_rounding,
            .host_fma_rounding = hart.host_fma_rounding};
}

// The chunk that holds the block's code is about to be used again.
template <Guest G>
void HotCode<G>::release(native::Block& native) {
    auto* block = static_cast<Block*>(native.owner);
    native::retire(native);
    versions_.remove(native);
    if (block == nullptr) return;
    if (listener_ != nullptr) listener_->on_gone(native.begin());
    block->native = nullptr;
    block->code()->handler = block->first_handler;
    policy_.keep_warm(block->heat);
    watch(*block);
}

template <Guest G>
void HotCode<G>::forget_jumps() {
    for (Seat& seat : seats_) {
        seat.jumps->fill({});
        seat.hart->native.returns.fill({});
    }
}

// The block is compiled when it runs next. Whether there is something to compile.
template <Guest G>
bool HotCode<G>::want(Block& block) {
    if (regions_) regions_->end_rest(block);
    const bool in_region = block.regions != 0;
    const bool deserves_one = regions_ && !in_region && regions_->may_begin(block);
    const bool has_code = block.native != nullptr || in_region;
    if (block.refused || (has_code && !deserves_one)) return false;
    if (block.native != nullptr) {
        // Its code sleeps until then, so that the engine comes by.
        if (listener_ != nullptr) listener_->on_gone(block.native->begin());
        native::retire(*block.native);
        block.native = nullptr;
        block.code()->handler = block.first_handler;
    }
    block.wanted = true;
    policy_.make_hot(block.heat);
    block.set_due(1);
    return true;
}

template <Guest G>
u64 HotCode<G>::request(u64 address, u64 size) {
    u64 count = 0;
    cache_.for_each_block(address, size, [&](Block& block) { count += want(block); });
    return count;
}

template <Guest G>
void HotCode<G>::clear() {
    if (regions_) regions_->clear();
    if (space_) space_->clear([this](native::Block& native) { release(native); });
    policy_.clear();
    forget_jumps();
    if (regions_) regions_->release();
}

template <Guest G>
HotCodeStats HotCode<G>::stats() const {
    HotCodeStats stats = stats_;
    stats.reuses = reuses();
    if (regions_) stats.regions = regions_->stats();
    return stats;
}

}  // namespace kiln
