// The regions of very hot code: when they are compiled, and what becomes of them.
//
// A region stands in front of blocks of the interpreter as the native code of single blocks does:
// at its entries, whose own code sleeps meanwhile (CodeVersions) and is found again when the region
// goes. It goes as soon as one of its blocks does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "jit/code_cache.h"
#include "jit/compile_queue.h"
#include "jit/fetch_cache.h"
#include "jit/hot_code_setup.h"
#include "jit/kept/kept_code.h"
#include "jit/known_region.h"
#include "jit/region_former.h"
#include "jit/region_record.h"
#include "jit/tier_policy.h"

namespace kiln {

struct RegionStats {
    u64 compiled = 0;      // and published
    u64 kept = 0;          // of them those whose code was on disk
    u64 known = 0;         // that were asked for because earlier runs had them
    u64 refused = 0;       // by the backend
    u64 invalidated = 0;   // because the guest wrote to their code
    u64 dropped = 0;       // before they were published
    u64 evicted = 0;       // to make room for others
    u64 waiting = 0;       // now, the one among them that is being compiled
    u64 blocks = 0;        // in those that were published
    u64 instructions = 0;  // of the guest, in those
    u64 code_bytes = 0;    // of the host, for those
    double compile_seconds = 0;
    double guest_seconds = 0;  // processor time of the guest's thread, to form and to publish them
    double longest_wait = 0;   // most of that at once
};

template <Guest G>
class HotRegions final : public DropListener<G> {
  public:
    using Hart = typename G::Hart;
    using Block = interp::Block<G>;

    HotRegions(const HotCodeSetup& setup, const Memory& memory, CodeCache<G>& cache,
               TierPolicy& policy, MakeBlock<G> make_block);

    void attach(const Hart& hart, const FetchCache& fetches);
    // See HotCodeSetup::region_heat.
    void set_heat(u64 instructions) { record_.set_enough(instructions); }

    // Whether the block's page is left alone for a while, since code there was overwritten.
    bool rests(const Block& block) const { return record_.rests(block.physical >> kPageBits); }
    void end_rest(const Block& block) { record_.end_rest(block.physical >> kPageBits); }
    // Whether a region may begin with the block.
    bool may_begin(const Block& block) const;
    // Compiles a region around `seed`, which lies at `pc` and has the hart's mode. Whether the
    // block has native code now.
    bool compile(Hart& hart, Block& seed, u64 pc);
    // Has it compiled by the other thread, if there is one, where the block may begin a region.
    void ask_for(Hart& hart, Block& seed, u64 pc, u64 heat);
    // `instructions` ran up to `block`, which lies at `pc` and has the hart's mode, and not in a
    // region: asks for one when that is worth it.
    void sample(Hart& hart, Block& block, u64 pc, u64 instructions);
    // `instructions` ran up to `block`, in a region.
    void sample_region(const Block& block, u64 instructions);

    // The regions that earlier runs had, and that began with a block of these bytes.
    using Known = std::vector<const kept::ProfileRegion*>;
    Known known(const Block& seed) const;
    // Has the first of them compiled whose code is all there: by the other thread, in front of what
    // was not known before, if there is one. `seed` lies at `pc` and has the hart's mode. Whether
    // it has a region's code now.
    bool ask_for_known(Hart& hart, Block& seed, u64 pc, const Known& known);
    // Tells the profile how hot regions were since it was told last.
    void note_heat();

    // Puts what was compiled meanwhile to use. Where no native code runs.
    void take_results();
    // Regions that went wait for release(), and there is enough of them that it is worth it.
    bool wants_release() const { return dead_.size() >= kReleased || dead_bytes_ > bytes_ / 8; }
    // Gives their memory back: nothing leads to them any more.
    void release();

    void on_drop(Block& block) noexcept override;
    // All regions go, and those that were asked for.
    void clear();
    // Returns when the other thread has nothing to do.
    void wait_until_idle() const;

    RegionStats stats() const;

  private:
    struct Region {
        u64 id;
        u64 base;  // virtual page of the seed when it was formed
        std::vector<Block*> blocks;
        std::vector<i64> offsets;  // of the blocks, from the base
        std::vector<ir::RegionIndex> entries;
        native::Region* native = nullptr;  // nullptr: it is still to be compiled
        kept::ProfileRegion profile;       // how later runs find it; its heat: since note_heat()
    };
    class Wait;
    using Regions = std::map<u64, Region>;  // by id: the oldest first

    // So many times a region around a block is refused, each time a smaller one, until none is
    // tried any more.
    static constexpr unsigned kMostRefusals = 3;
    // Regions that earlier runs had come before all others.
    static constexpr u64 kKnownHeat = u64{1} << 40;
    // Regions of less cost (cost_of) are compiled when there is time; larger ones are to be hotter.
    static constexpr u64 kSmallCost = 64;
    // As many regions that went are released together.
    static constexpr size_t kReleased = 16;

    RegionLimits limits(const Block& seed) const;
    u64 least_heat(const FormedRegion<G>& formed) const;
    std::optional<FormedRegion<G>> form(Hart& hart, Block& seed, u64 pc,
                                        Translations<G>& translations);
    std::optional<FormedRegion<G>> form_loop(Hart& hart, Block& seed, u64 pc);
    using Surroundings = typename RegionFormer<G>::Surroundings;
    Surroundings surroundings(const Hart& hart, const Block& seed) const;
    bool begins_one(const Block& block) const;
    RegionSite site_of(const Hart& hart, const Block& seed) const;
    u64 enlist(const FormedRegion<G>& formed);
    bool compile_now(CompileJob job);
    void compile_later(CompileJob job);
    bool settle(const CompileResult& result);
    bool publish(Region& region, native::Region& native);
    void place(Block& block, native::Block& native);
    void withdraw(Region& region) noexcept;
    void wake(Block& block) noexcept;
    void forget(typename Regions::iterator at) noexcept;
    void drop(u64 id);
    void bury(native::Region& native);
    void make_room();
    void note(Region& region);
    void note_asked(u64 id);
    void tell(const Region& region) const;
    std::vector<GuestLine> disassemble(const Region& region) const;

    static u64 cost(const native::Region& native);

    const Memory& memory_;
    CodeCache<G>& cache_;
    TierPolicy& policy_;
    CodeListener* listener_;
    const u64 bytes_;
    const bool sleepers_;  // the blocks at its entries have code of their own
    RegionRecord record_;
    std::vector<const FetchCache*> fetches_;      // by hart id
    const Hart* decoder_ = nullptr;               // any hart: they decode alike
    const std::shared_ptr<kept::KeptCode> kept_;  // nullptr: none
    MakeBlock<G> make_block_;
    std::shared_ptr<RegionBackend> backend_;
    Regions regions_;
    std::unordered_multimap<const Block*, u64> regions_of_;
    u64 last_id_ = 0;
    std::vector<native::Region*> dead_;
    u64 dead_bytes_ = 0;
    u64 live_bytes_ = 0;
    RegionStats stats_;
    std::optional<CompileQueue> queue_;
};

}  // namespace kiln
