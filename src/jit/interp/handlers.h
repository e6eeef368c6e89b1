// The handlers of the threaded interpreter, made from the guest's semantic templates.
//
// A fast handler is a leaf: it calls nothing, so it needs no stack frame, and it ends in a jump to
// the next handler. What it cannot do is done by the careful handler of the same instruction.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "jit/interp/evaluator.h"
#include "jit/native/native_block.h"
#include "jit/native/transfer.h"

namespace kiln::interp {

// Where the compiler does not make jumps of calls in tail position (debug builds, sanitizers: the
// build says so), a block returns to the engine instead of entering the next one, which bounds the
// stack.
#ifdef KILN_CHAIN_BLOCKS
inline constexpr bool kChainBlocks = true;
#else
inline constexpr bool kChainBlocks = false;
#endif

// Counts that a block is entered, at `code`. True: the entry is due, and the engine is asked first.
// Every way in leads through here or the engine. To be called before the arguments of the jump are
// made: then it is one instruction and moves none.
template <class G>
[[gnu::always_inline]] inline bool count_entry(const Op<G>* code) {
    return ++block_at(code).ticks == 0;
}

// Leaves the chain of blocks: the engine goes on at `target`.
template <class G>
[[gnu::always_inline]] inline void leave(CpuState& state, u64 target, i64 budget) {
    state.pc = target;
    state.budget = budget;
}

// The entry to the block at `op` is due: leaves to the engine, which counts it again.
template <class G>
[[gnu::noinline, gnu::cold]] void ask_engine(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    const Block<G>& block = block_at(op);
    --block.ticks;
    leave<G>(*state, pc, budget + block.count);
}

// Goes on behind a relative jump or a branch. `number` selects the link.
template <class G, class E>
[[gnu::always_inline]] inline void follow(CpuState* state, const Op<G>* op, u64 pc, i64 budget,
                                          unsigned number, E& e) {
    const Link<G>& link = link_behind(op, number);
    if (kChainBlocks && (link.key == state->fetch_key || link.key == kAlwaysLinked)) [[likely]] {
        const i64 left = budget - static_cast<i64>(link.count);
        if (left >= 0) [[likely]] {
            const Op<G>* code = link.target;
            const bool due = count_entry(code);
            const u64 next =
                static_cast<typename G::Address>(pc + static_cast<u64>(i64{link.delta}));
            if (due) [[unlikely]]
                return ask_engine<G>(state, code, next, left);
            return code->handler(state, code, next, left);
        }
    }
    state->open_op = op;
    state->open_pc = pc;
    state->open_link = number;
    leave<G>(*state,
             number == 0 ? e.relative_target() : e.template next_pc<typename G::Address>().raw,
             budget);
}

// Goes on at a computed address.
template <class G>
[[gnu::always_inline]] inline void jump_to(CpuState* state, u64 target, i64 budget) {
    const JumpCacheEntry& entry = state->jump_cache[jump_cache_index(target)];
    if (kChainBlocks && entry.pc == target && entry.key == state->fetch_key) [[likely]] {
        const i64 left = budget - entry.count;
        if (left >= 0) [[likely]] {
            const auto* code = static_cast<const Op<G>*>(entry.code);
            if (count_entry(code)) [[unlikely]]
                return ask_engine<G>(state, code, target, left);
            return code->handler(state, code, target, left);
        }
    }
    leave<G>(*state, target, budget);
}

// Goes on after an instruction that is done.
template <class G, class E>
[[gnu::always_inline]] inline void go_on(CpuState* state, const Op<G>* op, u64 pc, i64 budget,
                                         E& e) {
    switch (e.control()) {
        case Control::kNext:
            return op[1].handler(state, op + 1, pc, budget);
        case Control::kBranch:
            if (e.taken()) return follow<G>(state, op, pc, budget, 0, e);
            return follow<G>(state, op, pc, budget, 1, e);
        case Control::kJumpRelative:
            return follow<G>(state, op, pc, budget, 0, e);
        case Control::kJump:
            block_of(op).note_jump(pc, e.target());
            return jump_to<G>(state, e.target(), budget);
        case Control::kHelper:
            return;  // never fast
    }
}

// Where the program goes on after an instruction that is done.
template <class G, class E>
u64 successor(E& e) {
    switch (e.control()) {
        case Control::kBranch:
            return e.taken() ? e.relative_target() : e.template next_pc<typename G::Address>().raw;
        case Control::kJumpRelative:
            return e.relative_target();
        case Control::kJump:
            return e.target();
        default:
            return e.template next_pc<typename G::Address>().raw;
    }
}

// Runs one instruction with exact pc and count, and everything it may need. True: the operation
// behind it comes next; else the engine goes on with the state's pc.
template <class G, size_t kId>
[[gnu::noinline]] bool careful_step(CpuState& state, const Op<G>* op, u64 pc, i64 budget) {
    using E = typename G::template View<Evaluator<G, Manner::kCareful>>;
    const Block<G>& block = block_of(op);
    const unsigned done = op->operands.index + 1u;
    state.budget = budget + (block.count > done ? block.count - static_cast<i64>(done) : 0);
    E e(state, op, pc);
    state.pc = e.template pc<typename G::Address>().raw;
    G::template apply<kId>(e, op->operands);
    if (state.trap_pending || e.control() == Control::kHelper) return false;
    if (e.control() == Control::kNext && state.exit_request == 0) return true;
    state.pc = successor<G>(e);
    return false;
}

template <class G, size_t kId>
[[gnu::noinline, gnu::cold]] void run_careful(CpuState* state, const Op<G>* op, u64 pc,
                                              i64 budget) {
    if (careful_step<G, kId>(*state, op, pc, budget))
        return op[1].handler(state, op + 1, pc, budget);
}

template <class G, size_t kId>
[[gnu::flatten]] void run_fast(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    using E = typename G::template View<Evaluator<G, Manner::kFast>>;
    E e(*state, op, pc);
    G::template apply<kId>(e, op->operands);
    if (e.missed()) [[unlikely]] {
        return run_careful<G, kId>(state, op, pc, budget);
    }
    go_on<G>(state, op, pc, budget, e);
}

// Ends a block that no instruction ends: the next one follows directly.
template <class G>
void fall_through(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    Evaluator<G, Manner::kFast> e(*state, op, pc);
    follow<G>(state, op, pc, budget, 0, e);
}

// Stands at the head of a block whose code was overwritten: links still lead here.
template <class G>
void run_stale(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    leave<G>(*state, pc, budget + block_of(op).count);
}

// Stands at the head of a block that the engine enters by itself, and counts.
template <class G>
void run_checked(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    const Block<G>& block = block_at(op);
    --block.ticks;
    leave<G>(*state, pc, budget + block.count);
}

// Stands at the head of a block that has native code. Entries to that are not counted.
template <class G>
void run_native(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    const Block<G>& block = block_at(op);
    --block.ticks;
    leave<G>(*state, pc, budget + block.count);
    state->native.pc_page = pc & kPageMask;
    state->native.exit = native::run<G>(*state, block.native->entry);
    // An access that trapped: its instruction has begun.
    if (state->trap_pending && state->native.exit == native::kInterpret) --state->budget;
}

// Two instructions with one dispatch. The second operation keeps its own handler, for when the
// first needs the careful manner.
template <class G, size_t kFirst, size_t kSecond>
[[gnu::flatten]] void run_pair(CpuState* state, const Op<G>* op, u64 pc, i64 budget) {
    using E = typename G::template View<Evaluator<G, Manner::kFast>>;
    E first(*state, op, pc);
    G::template apply<kFirst>(first, op->operands);
    if (first.missed()) [[unlikely]] {
        return run_careful<G, kFirst>(state, op, pc, budget);
    }
    E second(*state, op + 1, pc);
    G::template apply<kSecond>(second, op[1].operands);
    if (second.missed()) [[unlikely]] {
        return run_careful<G, kSecond>(state, op + 1, pc, budget);
    }
    go_on<G>(state, op + 1, pc, budget, second);
}

template <class G, size_t kId>
constexpr Handler<G> handler_of() {
    if constexpr (G::template exists<kId>) {
        return &run_fast<G, kId>;
    } else {
        return nullptr;
    }
}

template <class G>
inline constexpr auto kHandlers = []<size_t... kIds>(std::index_sequence<kIds...>) {
    return std::array<Handler<G>, sizeof...(kIds)>{handler_of<G, kIds>()...};
}
(std::make_index_sequence<G::kInsnCount>{});

template <class G>
struct PairHandler {
    size_t first;
    size_t second;
    Handler<G> handler;
};
template <class G, size_t kPair>
constexpr PairHandler<G> pair_handler() {
    constexpr auto kRows = G::kPairs[kPair];
    if constexpr (G::template exists<kRows.first> && G::template exists<kRows.second>) {
        return {kRows.first, kRows.second, &run_pair<G, kRows.first, kRows.second>};
    } else {
        return {kRows.first, kRows.second, nullptr};
    }
}
// Sorted by rows.
template <class G>
inline constexpr auto kPairHandlers = []<size_t... kPairs>(std::index_sequence<kPairs...>) {
    std::array<PairHandler<G>, sizeof...(kPairs)> pairs{pair_handler<G, kPairs>()...};
    std::ranges::sort(pairs, {}, [](const auto& p) { return std::pair(p.first, p.second); });
    return pairs;
}
(std::make_index_sequence<G::kPairs.size()>{});

// The handler of two instructions, or nullptr.
template <class G>
Handler<G> find_pair(size_t first, size_t second) {
    const auto found =
        std::ranges::lower_bound(kPairHandlers<G>, std::pair(first, second), {},
                                 [](const auto& p) { return std::pair(p.first, p.second); });
    const bool hit =
        found != kPairHandlers<G>.end() && found->first == first && found->second == second;
    return hit ? found->handler : nullptr;
}

}  // namespace kiln::interp
