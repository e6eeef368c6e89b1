#include "jit/kept/region_key.h"

#include <algorithm>
#include <variant>

namespace kiln::kept {
namespace {

// A block that ran less often than this part of the hottest one counts as seldom run.
constexpr u64 kSeldom = 64;

void add(KeyHasher& hasher, const ir::Jump& jump) {
    const auto& [offset, hint] = jump;
    hasher.number(static_cast<u64>(offset));
    hasher.number(static_cast<u64>(hint));
}

void add(KeyHasher& hasher, const ir::Branch& branch) {
    const auto& [condition, taken, not_taken] = branch;
    hasher.number(condition);
    hasher.number(static_cast<u64>(taken));
    hasher.number(static_cast<u64>(not_taken));
}

void add(KeyHasher& hasher, const ir::IndirectJump& jump) {
    const auto& [target, hint] = jump;
    hasher.number(target);
    hasher.number(static_cast<u64>(hint));
}

void add(KeyHasher& hasher, const ir::Trap& trap) {
    const auto& [cause, value] = trap;
    hasher.number(cause);
    hasher.number(value);
}

void add(KeyHasher& hasher, const ir::HelperExit& exit) {
    const auto& [helper, arguments] = exit;
    hasher.number(helper);
    hasher.values(std::span<const ir::ValueId>(arguments));
}

// The names make a new field fail to compile here until it is looked at.
void add(KeyHasher& hasher, const ir::Block& block) {
    const auto& [address, end, count, insts, points, exits, live, helpers, terminal] = block;
    hasher.number(static_cast<u64>(address));
    hasher.number(end);
    hasher.number(count);
    hasher.values(insts);
    hasher.values(points);
    hasher.values(exits);
    hasher.values(live);
    hasher.number(helpers.size());
    for (const Helper* helper : helpers) hasher.text(helper->name);
    hasher.number(terminal.index());
    std::visit([&](const auto& kind) { add(hasher, kind); }, terminal);
}

void add(KeyHasher& hasher, const ir::RegionBlock& in_region, u64 hottest) {
    // (`taken` is a hint, and differs from run to run.)
    const auto& [block, offset, weight, next, not_taken, taken, returned_to, jumped_to] = in_region;
    add(hasher, block);
    hasher.number(static_cast<u64>(offset));
    hasher.number(weight < hottest / kSeldom);
    hasher.number(next);
    hasher.number(not_taken);
    hasher.number(returned_to);
    hasher.number(jumped_to);
}

}  // namespace

void add(KeyHasher& hasher, const ir::Region& region) {
    const auto& [blocks, entries] = region;
    hasher.number(kRegionKeyVersion);
    hasher.number(blocks.size());
    u64 hottest = 0;
    for (const ir::RegionBlock& block : blocks) hottest = std::max(hottest, block.weight);
    for (const ir::RegionBlock& block : blocks) add(hasher, block, hottest);
    hasher.values(entries);
}

void add(KeyHasher& hasher, const RegionSite& site) {
    const auto& [direct, user_window, keyed_from, host_rounding, host_fma_rounding, level, ram] =
        site;
    hasher.number(direct);
    hasher.number(static_cast<u64>(user_window));
    hasher.number(keyed_from);
    hasher.number(host_rounding);
    hasher.number(host_fma_rounding);
    hasher.number(level);
    hasher.number(ram.first);
    hasher.number(ram.limit);
    hasher.number(static_cast<u64>(ram.granules));
}

}  // namespace kiln::kept
