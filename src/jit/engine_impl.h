// Definitions of Engine's members, for the files that instantiate it.
#pragma once

#include <chrono>

#include "jit/audit_impl.h"
#include "jit/engine.h"
#include "jit/enter.h"
#include "jit/hot_code_impl.h"
#include "support/log.h"

namespace kiln {

template <Guest G>
Engine<G>::Engine(Memory& memory, const EngineSetup& setup)
    : memory_(memory), cache_(memory), cache_limit_(setup.cache_limit) {
    const auto block_at = [this](Hart& hart, u64 physical, u64 mode) {
        return make_block(hart, physical, mode);
    };
    if (setup.hot.compiles())
        hot_ = std::make_unique<HotCode<G>>(setup.hot, memory, cache_, block_at);
    if (hot_ && setup.hot.audit) {
        audit_ =
            std::make_unique<Audit<G>>(memory, [this](const Hart& hart) { return known(hart); });
    }
    memory.add_listener(*this);
}

template <Guest G>
void Engine<G>::attach(Hart& hart) {
    if (seats_.size() <= hart.id) seats_.resize(hart.id + 1);
    seats_[hart.id] = std::make_unique<Seat>();
    Seat& s = seat(hart);
    s.jump_cache.fill({0, interp::kNeverLinked, nullptr, 0});
    s.fetch_cache = {};
    hart.jump_cache = s.jump_cache.data();
    if (hot_) hot_->attach(hart, s.fetch_cache);
}

template <Guest G>
u64 Engine<G>::request(u64 address, u64 size) {
    return hot_->request(address, size);
}

template <Guest G>
void Engine<G>::set_tier_up(u64 entries) {
    hot_->set_tier_up(entries);
}

template <Guest G>
void Engine<G>::note_heat() {
    if (hot_) hot_->note_heat();
}

template <Guest G>
void Engine<G>::wait_until_idle() const {
    if (hot_) hot_->wait_until_idle();
}

template <Guest G>
StopReason Engine<G>::run(Hart& hart, i64 budget) {
    const u64 begun = hart.begun();
    if (hot_) hot_->at_safe_point();
    const auto start = std::chrono::steady_clock::now();
    sample_ = {};
    hart.begun_limit = begun + static_cast<u64>(budget);
    hart.budget = budget;
    current_ = &hart;
    const StopReason reason = run_slice(hart);
    // Another hart may empty the cache before this one goes on.
    hart.forget_way();
    current_ = nullptr;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    account(hart, reason, hart.begun() - begun, taken.count());
    return reason;
}

// A slice may end between two blocks, without a look at where: the next one tells.
template <Guest G>
void Engine<G>::sample_end(const Hart& hart) {
    if (sample_.region || sample_.last) return;
    Block* const block = known(hart).value_or(nullptr);
    if (block == nullptr) return;
    sample_ = {block, hart.pc, hart.fetch_key, block->region_level != 0, true};
}

// The block that comes next, without side effects; nullptr: there is none in the cache. Nothing
// where a fetch would have to say.
template <Guest G>
auto Engine<G>::known(const Hart& hart) -> std::optional<Block*> {
    const auto page = seats_[hart.id]->fetch_cache.look_up(hart.pc & kPageMask, hart.fetch_key);
    const u64 offset = hart.pc & ~kPageMask;
    if (!page || offset > kPageSize - G::kMaxInsnBytes) return std::nullopt;
    return cache_.look_up(*page | offset, G::mode(hart));
}

// A slice is over.
template <Guest G>
void Engine<G>::account(Hart& hart, StopReason reason, u64 instructions, double seconds) {
    if (hot_ && reason == StopReason::kBudget) sample_end(hart);
    Block* const block = sample_.block;
    const bool native = block != nullptr && block->native != nullptr;
    const unsigned level = native ? block->native->level : 0;
    TierTime& tier = tiers_[sample_.region ? block->region_level : level];
    tier.instructions += instructions;
    tier.seconds += seconds;
    if (!hot_) return;
    hot_->advance(instructions);
    // Why a slice was cut short says nothing about where it spent its time.
    const bool whole = reason == StopReason::kBudget && hart.fetch_key == sample_.key;
    if (!whole || block == nullptr || block->stale) return;
    if (sample_.region) return hot_->sample_region(*block, instructions);
    hot_->sample(hart, *block, sample_.pc, instructions);
}

template <Guest G>
StopReason Engine<G>::run_slice(Hart& hart) {
    StopReason reason = StopReason::kBudget;
    while (settle<G>(hart, reason)) {
        if (hart.debug != nullptr && hart.debug->breaks(hart.id, hart.pc))
            return StopReason::kDebug;
        step(hart);
        if (hart.debug != nullptr && stop_in_front<G>(hart)) return StopReason::kDebug;
    }
    return reason;
}

template <Guest G>
void Engine<G>::step(Hart& hart) {
    if (cache_.bytes() > cache_limit_) empty_cache();
    Found found = find(hart);
    const u64 exit = std::exchange(hart.native.exit, native::kGoOn);
    if (found.block == nullptr) {
        --hart.budget;  // the instruction has begun, and its fetch trapped
        hart.open_op = nullptr;
        return;
    }
    if (hot_ && !found.temporary) hot_->arrive(hart, *found.block, exit);
    take_sample(hart, found, exit);
    // An audit stops in front of what only the interpreter does, and goes on behind that.
    const i64 most = audit_ && exit == native::kInterpret ? 1 : hart.budget;
    if (found.block->count > most) {
        // Fewer instructions are to run than the block holds: a shorter one runs them. (One that
        // reaches over a page's end is a single instruction, so it is never too long.)
        Block& whole = *found.block;
        if (whole.native == nullptr) count(whole);
        sample_.last = true;
        auto part = decode(hart, whole.physical, whole.mode, static_cast<unsigned>(most),
                           memory_for(false));
        found = {part.get(), std::move(part)};
    } else if (audits(found, exit)) {
        hart.open_op = nullptr;
        return audit_->run(hart, *found.block);
    } else if (!found.temporary && !audit_) {
        make_link(hart, *found.block);
        remember(hart, *found.block);
    }
    hart.open_op = nullptr;
    Block& block = *found.block;
    const bool past_native = exit == native::kInterpret;
    if (!past_native || block.native == nullptr) count(block);
    const bool by_itself = past_native || block.checked;
    enter_block<G>(hart, block, by_itself ? block.first_handler : block.code()->handler);
    // A temporary block's links die with it.
    if (found.temporary) hart.open_op = nullptr;
}

// Regions are left for the interpreter where the slice is too short for their longest way: what
// runs behind that is theirs.
template <Guest G>
void Engine<G>::take_sample(const Hart& hart, const Found& found, u64 exit) {
    if (found.temporary || sample_.region) return;
    Block* const block = found.block;
    sample_ = {block, hart.pc, hart.fetch_key, false, false};
    sample_.region =
        exit == native::kInterpret && hart.budget < kRegionEnd && block->region_level != 0;
}

// An entry that is due and is made all the same makes the next one due.
template <Guest G>
void Engine<G>::count(Block& block) {
    if (interp::count_entry(block.code())) block.set_due(1);
}

// Whether the block's native code is to be checked. (One without instructions is bookkeeping, done
// by a helper.)
template <Guest G>
bool Engine<G>::audits(const Found& found, u64 exit) const {
    return audit_ && exit != native::kInterpret && !found.temporary && found.block->count != 0 &&
           found.block->native != nullptr;
}

template <Guest G>
bool Engine<G>::fetch(Hart& hart, u64& physical, bool& uniform) {
    const u64 page = hart.pc & kPageMask;
    FetchCache& cache = seat(hart).fetch_cache;
    if (const auto known = cache.look_up(page, hart.fetch_key)) {
        physical = *known + (hart.pc & ~kPageMask);
        uniform = true;
        return true;
    }
    FetchPage fetched;
    if (!G::fetch(hart, hart.pc, G::kInsnAlignment, fetched)) return false;
    physical = fetched.physical;
    uniform = fetched.uniform;
    if (uniform) cache.enter(page, hart.fetch_key, physical & kPageMask);
    return true;
}

template <Guest G>
auto Engine<G>::find(Hart& hart) -> Found {
    const JumpCacheEntry& known = hart.jump_cache[jump_cache_index(hart.pc)];
    if (known.pc == hart.pc && known.key == hart.fetch_key) {
        const auto* code = static_cast<const interp::Op<G>*>(known.code);
        auto& block = const_cast<Block&>(interp::block_of(code));
        if (!block.stale) return {&block, nullptr};
    }
    u64 physical;
    bool uniform;
    if (!fetch(hart, physical, uniform)) return {};
    const u64 mode = G::mode(hart);
    if (uniform) {
        if (Block* block = cache_.look_up(physical, mode)) return {block, nullptr};
    }
    const u64 left = kPageSize - (physical & ~kPageMask);
    const size_t length = G::insn_length({memory_.host(physical), left});
    if (length > left) return find_straddling(hart, physical, mode, uniform);
    if (!uniform) {
        // The rights change inside the page: this instruction asks for itself, each time.
        FetchPage exact;
        if (!G::fetch(hart, hart.pc, static_cast<unsigned>(length), exact)) return {};
    }
    interp::BlockPtr<G> block =
        decode(hart, physical, mode, uniform ? kMaxBlockInsns : 1, memory_for(uniform));
    Block* raw = block.get();
    if (!uniform) return {raw, std::move(block)};
    return {insert(hart, std::move(block)), nullptr};
}

template <Guest G>
auto Engine<G>::insert(const Hart& hart, interp::BlockPtr<G> block) -> Block* {
    Block* raw = cache_.insert(std::move(block));
    if (hart.debug != nullptr && hart.debug->may_break(raw->physical)) {
        raw->checked = raw->refused = true;
        raw->code()->handler = &interp::run_checked<G>;
    } else if (hot_) {
        hot_->take_in(hart, *raw);
    }
    return raw;
}

// One instruction that reaches over the end of its page.
template <Guest G>
auto Engine<G>::find_straddling(Hart& hart, u64 physical, u64 mode, bool uniform) -> Found {
    const u64 left = kPageSize - (physical & ~kPageMask);
    const u64 next_page = static_cast<typename G::Address>(hart.pc + left);
    std::array<std::byte, G::kMaxInsnBytes> bytes;
    std::copy_n(memory_.host(physical), left, bytes.begin());
    const size_t length = G::insn_length({bytes.data(), left});
    FetchPage second;
    if (!G::fetch(hart, next_page, static_cast<unsigned>(length - left), second)) return {};
    const bool stays = uniform && second.uniform;
    if (stays) {
        if (Block* block = cache_.look_up(physical, mode, second.physical)) return {block, nullptr};
    }
    std::copy_n(memory_.host(second.physical), length - left, bytes.begin() + left);
    auto block = interp::build_block<G>(hart, {bytes.data(), length}, mode, 1, memory_for(stays));
    block->physical = physical;
    block->physical2 = second.physical;
    if (log_enabled(LogItem::in_asm)) log_block(hart, physical, {bytes.data(), length});
    Block* raw = block.get();
    if (!stays) return {raw, std::move(block)};
    return {insert(hart, std::move(block)), nullptr};
}

template <Guest G>
interp::BlockPtr<G> Engine<G>::decode(Hart& hart, u64 physical, u64 mode, unsigned limit,
                                      std::pmr::memory_resource* memory) {
    const u64 left = kPageSize - (physical & ~kPageMask);
    auto block = interp::build_block<G>(hart, {memory_.host(physical), left}, mode,
                                        std::min(limit, kMaxBlockInsns), memory);
    block->physical = physical;
    const std::span<const std::byte> code{memory_.host(physical), block->bytes};
    if (hart.debug != nullptr) {
        const unsigned count = uncut(hart, *block, code);
        if (count < block->count) return decode(hart, physical, mode, count, memory);
    }
    if (log_enabled(LogItem::in_asm)) log_block(hart, physical, code);
    return block;
}

// See MakeBlock. Of a page that may be executed, as far as `mode` says.
template <Guest G>
auto Engine<G>::make_block(Hart& hart, u64 physical, u64 mode) -> Block* {
    if (Block* block = cache_.look_up(physical, mode)) return block;
    const u64 left = kPageSize - (physical & ~kPageMask);
    if (G::insn_length({memory_.host(physical), left}) > left) return nullptr;
    return insert(hart, decode(hart, physical, mode, kMaxBlockInsns, cache_.memory()));
}

// How many instructions of the block come in front of one that a debugger may want to stop at.
template <Guest G>
unsigned Engine<G>::uncut(const Hart& hart, const Block& block, std::span<const std::byte> code) {
    unsigned count = 0;
    for (size_t at = 0; count < block.count; at += G::insn_length(code.subspan(at)), ++count)
        if (count != 0 && hart.debug->may_break(block.physical + at)) break;
    return count;
}

template <Guest G>
void Engine<G>::breakpoints_changed(const PageOffsets& offsets) {
    for (u64 offset = 0; offset < kPageSize; ++offset)
        if (offsets.test(offset)) cache_.invalidate_offset(offset);
}

template <Guest G>
void Engine<G>::log_block(const Hart& hart, u64 physical, std::span<const std::byte> code) {
    log_line(LogItem::in_asm, "hart {}: block at {:#x}, physical {:#x}", hart.id, hart.pc,
             physical);
    for (size_t at = 0; at < code.size();) {
        const std::span<const std::byte> bytes = code.subspan(at);
        const u64 pc = static_cast<typename G::Address>(hart.pc + at);
        log_line(LogItem::in_asm, "{:#x}: {}", pc, G::disassemble(hart, bytes, pc));
        at += G::insn_length(bytes);
    }
}

// Closes the link through which execution came here.
template <Guest G>
void Engine<G>::make_link(Hart& hart, Block& block) {
    if (hart.open_op == nullptr) return;
    const auto* op = static_cast<const interp::Op<G>*>(hart.open_op);
    const Block& from = interp::block_of(op);
    if (from.mode != block.mode) return;
    // Inside a page a relative target is the same under every mapping. (Physical addresses do not
    // tell: two neighbouring pages may show the same memory.)
    const bool same_page = !from.straddles() && !block.straddles() &&
                           (hart.open_pc & kPageMask) == (hart.pc & kPageMask);
    auto& link = const_cast<interp::Link<G>&>(interp::link_behind(op, hart.open_link));
    interp::aim(link, block, same_page ? interp::kAlwaysLinked : hart.fetch_key,
                static_cast<i32>(hart.pc - hart.open_pc));
}

template <Guest G>
void Engine<G>::remember(Hart& hart, Block& block) {
    hart.jump_cache[jump_cache_index(hart.pc)] = {hart.pc, hart.fetch_key, block.code(),
                                                  block.count};
}

template <Guest G>
void Engine<G>::empty_cache() {
    for (auto& s : seats_)
        if (s) s->jump_cache.fill({0, interp::kNeverLinked, nullptr, 0});
    current_->forget_way();
    sample_ = {};
    if (hot_) hot_->clear();
    cache_.clear();
}

template <Guest G>
EngineStats Engine<G>::stats() const {
    return {cache_.decoded(), cache_.invalidated(), cache_.native_invalidated(),
            hot_ ? hot_->stats() : HotCodeStats{}, tiers_};
}

template <Guest G>
void Engine<G>::guarded_write(u64 address, u64 size, u8 flags) noexcept {
    if (current_ != nullptr && (flags & kGranuleWatch) != 0) current_->exit_request |= kExitMachine;
    if ((flags & kGranuleCode) == 0) return;
    if (cache_.invalidate(address, size) && current_ != nullptr)
        current_->exit_request |= kExitCodeChanged;
}

}  // namespace kiln
