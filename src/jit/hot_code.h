// Hot code: which blocks get native code, and how pieces of it lead to each other.
//
// A block that has native code keeps its place in the interpreter: run_native stands in front of
// its first operation, so whatever leads to the block leads to the native code.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "cpu/guest.h"
#include "cpu/memory.h"
#include "jit/backend.h"
#include "jit/code_cache.h"
#include "jit/code_versions.h"
#include "jit/hot_code_setup.h"
#include "jit/hot_regions.h"
#include "jit/tier_policy.h"

namespace kiln {

struct HotCodeStats {
    u64 blocks_compiled = 0;
    u64 instructions_compiled = 0;  // of the guest, in those blocks
    u64 code_bytes = 0;             // of the host, for those blocks
    u64 blocks_refused = 0;         // by the backend
    u64 blocks_revived = 0;         // that got code made before of the same bytes
    u64 links = 0;                  // edges that were aimed at a block
    u64 reuses = 0;                 // parts of the code space that were used again
    double compile_seconds = 0;
    RegionStats regions;
};

template <Guest G>
class HotCode {
  public:
    using Hart = typename G::Hart;
    using Block = interp::Block<G>;

    // `make_block` is asked for the blocks of regions that are known from earlier runs.
    HotCode(const HotCodeSetup& setup, Memory& memory, CodeCache<G>& cache,
            MakeBlock<G> make_block);

    // A hart will run, which fetches from where `fetches` says.
    void attach(Hart& hart, const FetchCache& fetches);
    // A block was made, in the cache, that hart.pc and the mode lead to. It gets the native code
    // that was made of the same bytes before, or counts from now on.
    void take_in(const Hart& hart, Block& block);
    // No native code runs: regions that were compiled meanwhile are put to use, and memory of those
    // that went is given back.
    void at_safe_point();
    // `instructions` of the guest have begun.
    void advance(u64 instructions) { policy_.clock().advance(instructions); }
    // They ran up to `block`, which lies at `pc` and has the hart's mode, and not in a region.
    void sample(Hart& hart, Block& block, u64 pc, u64 instructions) {
        if (regions_) regions_->sample(hart, block, pc, instructions);
    }
    // They ran up to `block`, in a region.
    void sample_region(const Block& block, u64 instructions) {
        if (regions_) regions_->sample_region(block, instructions);
    }
    // See HotRegions.
    void note_heat() {
        if (regions_) regions_->note_heat();
    }

    // Execution goes on at `block`, which hart.pc and the mode lead to; native code was left with
    // `exit` (NativeState::exit). Compiles the block if it is hot, and sees to it that native code
    // gets there by itself the next time.
    void arrive(Hart& hart, Block& block, u64 exit);

    // The blocks that begin in [address, address + size) are compiled when they run next, as far as
    // they can be. Returns how many there are.
    u64 request(u64 address, u64 size);
    // The highest level that code can reach.
    unsigned max_level() const { return regions_ ? 3 : 1; }
    void set_tier_up(u64 entries) { policy_.set_tier_up(entries); }
    void set_region_heat(u64 instructions) {
        if (regions_) regions_->set_heat(instructions);
    }

    // Drops all native code, before the interpreter's blocks go.
    void clear();

    // Returns when no region waits to be compiled.
    void wait_until_idle() const {
        if (regions_) regions_->wait_until_idle();
    }

    HotCodeStats stats() const;

  private:
    using JumpTable = std::array<NativeJump, kNativeJumps>;
    struct Seat {
        Hart* hart;
        std::unique_ptr<JumpTable> jumps;
    };
    // Most blocks that are compiled because one is hot.
    static constexpr size_t kTogether = 32;

    // Entries to a block count from now on.
    void watch(Block& block) { block.set_due(policy_.interval()); }
    bool revive(const Hart& hart, Block& block);
    void settle_in(Block& block, native::Block& native);
    CodeOrigin origin_of(const Block& block) const {
        return {block.physical, block.mode, {memory_.host(block.physical), block.bytes}};
    }
    void look_at(Hart& hart, Block& due);
    bool look_for_known(Hart& hart, Block& due);
    void make_native(Hart& hart, Block& hot);
    void compile_around(Hart& hart, Block& hot);
    bool compile(Hart& hart, Block& block, u64 pc, ir::Terminal& terminal);
    void tell(const Hart& hart, const Block& block, u64 pc, const ir::Block& ir) const;
    CompileSite site_of(const Hart& hart, const Block& block) const;
    static bool goes_on_inside(const Hart& hart, const Block& block, u64 exit);
    void connect(Hart& hart, Block& block, u64 exit);
    void release(native::Block& native);
    void forget_jumps();
    bool want(Block& block);
    u64 reuses() const { return space_ ? space_->reuses() : 0; }

    // So many entries later a block looks first whether the rest of a region that it is known to
    // begin is there.
    static constexpr u64 kLookAgain = 8;
    // So many entries later a block asks again that could not be in a region.
    static constexpr u64 kAskAgain = 64;
    // Heat of a region that the guest asked for.
    static constexpr u64 kRequested = u64{1} << 32;

    Memory& memory_;
    CodeCache<G>& cache_;
    CodeListener* listener_;
    TierPolicy policy_;
    // Of blocks: absent where there are only regions.
    std::optional<native::CodeSpace> space_;
    std::unique_ptr<Backend> backend_;
    CodeVersions versions_;
    std::vector<Seat> seats_;
    HotCodeStats stats_;
    std::optional<HotRegions<G>> regions_;  // absent: there are only blocks
};

}  // namespace kiln
