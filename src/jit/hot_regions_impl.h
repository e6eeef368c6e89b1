// Definitions of HotRegions' members, for the files that instantiate it.
#pragma once

#include <ctime>

#include "jit/hot_regions.h"
#include "jit/hot_regions_listing_impl.h"
#include "jit/known_regions_impl.h"
#include "jit/native/transfer.h"
#include "support/log.h"

namespace kiln {

// Measures how much of the processor's time the guest's thread spends on regions.
template <Guest G>
class HotRegions<G>::Wait {
  public:
    explicit Wait(RegionStats& stats) : stats_(stats) {}
    ~Wait() {
        const double taken = now() - start_;
        stats_.guest_seconds += taken;
        stats_.longest_wait = std::max(stats_.longest_wait, taken);
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

  private:
    static double now() {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }

    RegionStats& stats_;
    const double start_ = now();
};

inline std::shared_ptr<kept::CodeStore> store_of(const std::shared_ptr<kept::KeptCode>& kept) {
    return kept ? std::shared_ptr<kept::CodeStore>(kept, &kept->store()) : nullptr;
}

template <Guest G>
HotRegions<G>::HotRegions(const HotCodeSetup& setup, const Memory& memory, CodeCache<G>& cache,
                          TierPolicy& policy, MakeBlock<G> make_block)
    : memory_(memory),
      cache_(cache),
      policy_(policy),
      listener_(setup.listener),
      bytes_(setup.code_cache),
      sleepers_(setup.make_backend != nullptr),
      record_(setup.region_heat, policy.clock()),
      kept_(setup.kept),
      make_block_(std::move(make_block)),
      backend_(setup.make_regions({.bytes = setup.code_cache,
                                   .table = native::table_of<G>(),
                                   .layout = native::layout_of<G>(),
                                   .store = store_of(kept_)})) {
    if (sleepers_ && !setup.audit && !setup.wait) queue_.emplace(backend_);
    cache.set_drop_listener(this);
}

template <Guest G>
void HotRegions<G>::attach(const Hart& hart, const FetchCache& fetches) {
    if (fetches_.size() <= hart.id) fetches_.resize(hart.id + 1);
    fetches_[hart.id] = &fetches;
    decoder_ = &hart;
}

template <Guest G>
bool HotRegions<G>::may_begin(const Block& block) const {
    const bool has_one = block.native != nullptr && block.native->in_region();
    return !has_one && !block.straddles() && !block.stale && !block.refused && !block.checked &&
           block.refusals < kMostRefusals && !rests(block);
}

template <Guest G>
RegionLimits HotRegions<G>::limits(const Block& seed) const {
    constexpr std::array<RegionLimits, kMostRefusals> kLimits = {
        {{}, {125, 12}, {kMaxBlockInsns, 1}}};
    // What is in a region already, and is entered elsewhere, need not bring all of that again.
    const unsigned known = seed.region_level != 0 ? 1 : 0;
    return kLimits[std::max<unsigned>(seed.refusals, known)];
}

template <Guest G>
auto HotRegions<G>::surroundings(const Hart& hart, const Block& seed) const -> Surroundings {
    const FetchCache& fetches = *fetches_[hart.id];
    const auto physical_page = [&](u64 page) -> std::optional<u64> {
        // Where data is not translated code is not, either.
        if ((seed.mode & kModeDirect) != 0) return page;
        return fetches.look_up(page, hart.fetch_key);
    };
    return {physical_page, [this](const Block& block) { return !rests(block); }};
}

template <Guest G>
std::optional<FormedRegion<G>> HotRegions<G>::form(Hart& hart, Block& seed, u64 pc,
                                                   Translations<G>& translations) {
    RegionFormer<G> former(memory_, cache_, hart, surroundings(hart, seed), limits(seed),
                           translations);
    std::optional<FormedRegion<G>> formed = former.form(seed, pc);
    if (!formed) seed.refusals = kMostRefusals;
    return formed;
}

// The region of the loop that the seed, anywhere in it, belongs to.
template <Guest G>
std::optional<FormedRegion<G>> HotRegions<G>::form_loop(Hart& hart, Block& seed, u64 pc) {
    Translations<G> translations;
    std::optional<FormedRegion<G>> around_seed = form(hart, seed, pc, translations);
    if (!around_seed) return std::nullopt;
    const ir::RegionIndex head = loop_around_seed(around_seed->region);
    if (head == 0 || !may_begin(*around_seed->blocks[head])) return around_seed;
    const u64 offset = static_cast<u64>(around_seed->region.blocks[head].offset);
    const u64 at = static_cast<typename G::Address>(around_seed->base + offset);
    std::optional<FormedRegion<G>> loop = form(hart, *around_seed->blocks[head], at, translations);
    return loop ? std::move(loop) : std::move(around_seed);
}

// The seed's mode is the hart's.
template <Guest G>
RegionSite HotRegions<G>::site_of(const Hart& hart, const Block& seed) const {
    WholeRam ram{};
    if ((seed.mode & kModeWhole) != 0)
        ram = {hart.native.window.first, hart.native.window.limit, memory_.granule_displacement()};
    return {.direct = (seed.mode & kModeDirect) != 0,
            .user_window = (seed.mode & kModeUserWindow) != 0  ? UserWindow::kWhole
                           : (seed.mode & kModeUserTable) != 0 ? UserWindow::kTable
                                                               : UserWindow::kNone,
            .keyed_from = kPageSize - G::kMaxInsnBytes + G::kInsnAlignment,
            .host_rounding = hart.host_rounding,
            .host_fma_rounding = hart.host_fma_rounding,
            // What is compiled at first sight may run once.
            .level = policy_.at_once() ? 2u : 3u,
            .ram = ram};
}

template <Guest G>
auto HotRegions<G>::enlist(const FormedRegion<G>& formed) -> u64 {
    const u64 id = ++last_id_;
    Region& region = regions_[id];
    region.id = id;
    region.base = formed.base;
    region.blocks = formed.blocks;
    if (kept_) region.profile = profile_of<G>(memory_, formed);
    for (const ir::RegionBlock& block : formed.region.blocks)
        region.offsets.push_back(block.offset);
    for (Block* block : region.blocks) {
        ++block->regions;
        regions_of_.emplace(block, id);
    }
    return id;
}

template <Guest G>
bool HotRegions<G>::compile(Hart& hart, Block& seed, u64 pc) {
    Translations<G> translations;
    while (may_begin(seed)) {
        const auto formed = form(hart, seed, pc, translations);
        if (!formed) return false;
        const u64 id = enlist(*formed);
        note_asked(id);
        if (compile_now(
                {.id = id, .heat = 0, .region = formed->region, .site = site_of(hart, seed)}))
            return true;
    }
    return false;
}

// While the guest waits.
template <Guest G>
bool HotRegions<G>::compile_now(CompileJob job) {
    const bool usable = !job.prepare || job.prepare(job.region);
    native::Region* native = usable ? backend_->load(job.region, job.site) : nullptr;
    if (usable && native == nullptr) native = backend_->compile(job.region, job.site);
    return settle({job.id, native, std::move(job.region.entries)});
}

// By the other thread. What it has no time for is dropped.
template <Guest G>
void HotRegions<G>::compile_later(CompileJob job) {
    const auto crowded_out = queue_->add(std::move(job));
    if (!crowded_out) return;
    ++stats_.dropped;
    drop(*crowded_out);
}

// LLVM may take some milliseconds an instruction of a large region, and others wait meanwhile.
template <Guest G>
u64 HotRegions<G>::least_heat(const FormedRegion<G>& formed) const {
    return formed.cost < kSmallCost ? 0 : formed.cost * (record_.enough() / kSmallCost);
}

template <Guest G>
void HotRegions<G>::ask_for(Hart& hart, Block& seed, u64 pc, u64 heat) {
    if (!may_begin(seed)) return;
    const Wait wait(stats_);
    auto formed = form_loop(hart, seed, pc);
    if (!formed) return;
    const u64 id = enlist(*formed);
    note_asked(id);
    CompileJob job{.id = id,
                   .heat = heat,
                   .region = std::move(formed->region),
                   .site = site_of(hart, seed),
                   .least_heat = least_heat(*formed)};
    if (queue_) {
        compile_later(std::move(job));
    } else {
        compile_now(std::move(job));
    }
}

template <Guest G>
void HotRegions<G>::sample(Hart& hart, Block& block, u64 pc, u64 instructions) {
    // What is not compiled yet will be soon.
    if (!sleepers_ || block.native == nullptr) return;
    const auto [first, last] = regions_of_.equal_range(&block);
    for (auto at = first; at != last; ++at) {
        if (regions_.at(at->second).native != nullptr) continue;
        return queue_->heat_up(at->second, instructions);
    }
    if (!may_begin(block) || !record_.is_hot(block.physical >> kPageBits, instructions)) return;
    ask_for(hart, block, pc, instructions);
}

template <Guest G>
void HotRegions<G>::take_results() {
    if (!queue_ || !queue_->has_results()) return;
    const Wait wait(stats_);
    for (const CompileResult& result : queue_->take_results()) settle(result);
    if (listener_ != nullptr) listener_->on_ready();
}

// A region has been compiled, if there is code. Whether it is in use now.
template <Guest G>
bool HotRegions<G>::settle(const CompileResult& result) {
    native::Region* const native = result.region;
    if (native != nullptr) stats_.compile_seconds += native->compile_seconds;
    const auto at = regions_.find(result.id);
    if (at == regions_.end()) {
        // One of its blocks went meanwhile.
        if (native != nullptr) bury(*native);
        return false;
    }
    if (native == nullptr) {
        ++stats_.refused;
        ++at->second.blocks.front()->refusals;
        at->second.profile.heat = 0;
        forget(at);
        return false;
    }
    at->second.entries = result.entries;
    if (publish(at->second, *native)) return true;
    ++stats_.dropped;
    bury(*native);
    forget(at);
    return false;
}

template <Guest G>
bool HotRegions<G>::publish(Region& region, native::Region& native) {
    // Another region may have got there first.
    const Block& seed = *region.blocks.front();
    if (seed.native != nullptr && seed.native->in_region()) return false;
    make_room();
    region.native = &native;
    for (const native::Region::InnerEdge& inner : native.inner)
        inner.edge->inner = region.blocks[inner.to];
    for (size_t i = 0; i < region.entries.size(); ++i) {
        Block& block = *region.blocks[region.entries[i]];
        native.entries[i].level = native.level;
        if (block.native == nullptr || !block.native->in_region()) place(block, native.entries[i]);
    }
    for (Block* block : region.blocks)
        block->region_level =
            static_cast<u8>(std::max<unsigned>(block->region_level, native.level));
    live_bytes_ += cost(native);
    ++stats_.compiled;
    stats_.kept += native.kept;
    stats_.blocks += region.blocks.size();
    stats_.instructions += native.instructions;
    stats_.code_bytes += native.code_bytes;
    if (listener_ != nullptr) tell(region);
    log_line(LogItem::regions, "{:#x}: {} blocks, {} instructions, {} bytes, {} in {:.1f} ms",
             static_cast<typename G::Address>(region.base + static_cast<u64>(region.offsets[0])),
             region.blocks.size(), native.instructions, native.code_bytes,
             native.kept ? "loaded" : "compiled", native.compile_seconds * 1e3);
    return true;
}

// The region's code stands in front of the block from now on.
template <Guest G>
void HotRegions<G>::place(Block& block, native::Block& native) {
    if (block.native != nullptr) {
        if (listener_ != nullptr) listener_->on_gone(block.native->begin());
        native::retire(*block.native);
    }
    block.set_due(0);
    block.native = &native;
    native.owner = &block;
    block.code()->handler = &interp::run_native<G>;
}

// Nothing leads to the region any more, but for tables.
template <Guest G>
void HotRegions<G>::withdraw(Region& region) noexcept {
    native::Region& native = *region.native;
    for (native::Block& entry : native.entries) {
        auto* block = static_cast<Block*>(entry.owner);
        native::retire(entry);
        if (block != nullptr) wake(*block);
    }
    for (const native::Region::InnerEdge& inner : native.inner) inner.edge->key = kNoKey;
    if (listener_ != nullptr) listener_->on_gone(static_cast<const std::byte*>(native.code));
    live_bytes_ -= cost(native);
    bury(native);
}

// A block lost the code of its region: it gets its own again when it runs next.
template <Guest G>
void HotRegions<G>::wake(Block& block) noexcept {
    block.native = nullptr;
    block.code()->handler = block.first_handler;
    if (sleepers_) {
        policy_.make_hot(block.heat);
        block.set_due(1);
    } else {
        policy_.keep_warm(block.heat);
        block.set_due(policy_.interval());
    }
}

template <Guest G>
void HotRegions<G>::forget(typename Regions::iterator at) noexcept {
    note(at->second);
    for (Block* block : at->second.blocks) {
        --block->regions;
        block->region_level = 0;
        const auto [first, last] = regions_of_.equal_range(block);
        auto mine = last;
        for (auto entry = first; entry != last; ++entry) {
            if (entry->second == at->first) {
                mine = entry;
            } else if (const auto* other = regions_.at(entry->second).native; other != nullptr) {
                block->region_level =
                    static_cast<u8>(std::max<unsigned>(block->region_level, other->level));
            }
        }
        regions_of_.erase(mine);
    }
    regions_.erase(at);
}

// The region goes, whether it is in use or waits.
template <Guest G>
void HotRegions<G>::drop(u64 id) {
    const auto at = regions_.find(id);
    if (at->second.native != nullptr) {
        withdraw(at->second);
    } else if (queue_) {
        queue_->cancel(id);
    }
    forget(at);
}

template <Guest G>
void HotRegions<G>::on_drop(Block& block) noexcept {
    if (block.regions != 0) record_.overwritten(block.physical >> kPageBits);
    while (block.regions != 0) {
        const u64 id = regions_of_.find(&block)->second;
        ++(regions_.at(id).native != nullptr ? stats_.invalidated : stats_.dropped);
        drop(id);
    }
}

template <Guest G>
void HotRegions<G>::clear() {
    while (!regions_.empty()) drop(regions_.begin()->first);
    record_.clear();
}

template <Guest G>
void HotRegions<G>::wait_until_idle() const {
    if (queue_) queue_->wait_until_idle();
}

template <Guest G>
void HotRegions<G>::bury(native::Region& native) {
    dead_.push_back(&native);
    dead_bytes_ += cost(native);
}

template <Guest G>
void HotRegions<G>::release() {
    if (queue_) {
        queue_->release(dead_);
    } else {
        for (native::Region* native : dead_) backend_->release(*native);
    }
    dead_.clear();
    dead_bytes_ = 0;
}

// What a region takes of the memory, three quarters of which are for code, by the part of it that
// it fills more of.
template <Guest G>
u64 HotRegions<G>::cost(const native::Region& native) {
    const u64 data = native.entries.size_bytes() + native.entries.front().edges.size_bytes();
    return std::max(u64{native.code_bytes} / 3 * 4, data * 4);
}

// The oldest regions go where there are too many: what is still hot comes again.
template <Guest G>
void HotRegions<G>::make_room() {
    if (live_bytes_ <= bytes_ / 2) return;
    for (auto at = regions_.begin(); at != regions_.end() && live_bytes_ > bytes_ / 8 * 3;) {
        const auto next = std::next(at);
        if (at->second.native != nullptr) {
            ++stats_.evicted;
            drop(at->first);
        }
        at = next;
    }
}

template <Guest G>
RegionStats HotRegions<G>::stats() const {
    RegionStats stats = stats_;
    if (queue_) stats.waiting = queue_->size();
    return stats;
}

}  // namespace kiln
