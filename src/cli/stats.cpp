#include "cli/stats.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace kiln {
namespace {

HartStats sum(const RunStats& stats) {
    HartStats total;
    for (const HartStats& hart : stats.harts) {
        total.instructions += hart.instructions;
        total.tlb_misses.fetch += hart.tlb_misses.fetch;
        total.tlb_misses.load += hart.tlb_misses.load;
        total.tlb_misses.store += hart.tlb_misses.store;
        total.user_window.mapped += hart.user_window.mapped;
        total.user_window.faults += hart.user_window.faults;
        for (const auto& [cause, count] : hart.traps) total.traps[cause] += count;
    }
    return total;
}

double mips(uint64_t instructions, double seconds) {
    return seconds > 0 ? static_cast<double>(instructions) / seconds / 1e6 : 0;
}

// Digits in groups of three.
std::string grouped(uint64_t number) {
    std::string text = std::to_string(number);
    for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
    return text;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

// Nothing where no backend compiles.
void add_native(Rows& rows, const NativeStats& native) {
    if (native.blocks == 0 && native.refused == 0) return;
    const double per_insn = 1.0 / static_cast<double>(std::max<uint64_t>(native.instructions, 1));
    rows.insert(rows.end(), {{"blocks compiled", grouped(native.blocks)},
                             {"blocks not compilable", grouped(native.refused)},
                             {"native code invalidated", grouped(native.invalidated)},
                             {"native code revived", grouped(native.revived)},
                             {"instructions compiled", grouped(native.instructions)},
                             {"host bytes an instruction",
                              fmt::format("{:.1f}", static_cast<double>(native.bytes) * per_insn)},
                             {"compile time", fmt::format("{:.3f} s", native.compile_seconds)},
                             {"compile time an instruction",
                              fmt::format("{:.2f} us", native.compile_seconds * per_insn * 1e6)},
                             {"links between blocks", grouped(native.links)},
                             {"code cache parts reused", grouped(native.reuses)}});
}

// Nothing where no backend compiles regions.
void add_regions(Rows& rows, const RegionRunStats& regions) {
    if (regions.regions == 0 && regions.refused == 0 && regions.waiting == 0) return;
    const double per_insn = 1.0 / static_cast<double>(std::max<uint64_t>(regions.instructions, 1));
    rows.insert(rows.end(),
                {{"regions compiled", grouped(regions.regions)},
                 {"regions that were kept", grouped(regions.kept)},
                 {"regions known from earlier runs", grouped(regions.known)},
                 {"regions not compilable", grouped(regions.refused)},
                 {"regions invalidated", grouped(regions.invalidated)},
                 {"regions dropped before use", grouped(regions.dropped)},
                 {"regions evicted", grouped(regions.evicted)},
                 {"regions in the queue", grouped(regions.waiting)},
                 {"blocks in regions", grouped(regions.blocks)},
                 {"instructions in regions", grouped(regions.instructions)},
                 {"host bytes an instruction in regions",
                  fmt::format("{:.1f}", static_cast<double>(regions.bytes) * per_insn)},
                 {"compile time of regions", fmt::format("{:.3f} s", regions.compile_seconds)},
                 {"guest's wait for regions", fmt::format("{:.3f} s", regions.guest_seconds)},
                 {"longest such wait", fmt::format("{:.3f} ms", regions.longest_wait * 1e3)}});
}

constexpr std::array<const char*, 4> kTiers = {"interpreter", "blocks", "regions, level 2",
                                               "regions, level 3"};

// Tiers that ran, if there is more than the interpreter.
void add_tiers(Rows& rows, const RunStats& stats) {
    const auto& tiers = stats.tiers;
    const bool compiled = std::any_of(tiers.begin() + 1, tiers.end(),
                                      [](const TierStats& tier) { return tier.instructions != 0; });
    for (size_t i = 0; compiled && i < tiers.size(); ++i) {
        if (tiers[i].instructions == 0) continue;
        rows.emplace_back(fmt::format("{}: instructions (sampled)", kTiers[i]),
                          grouped(tiers[i].instructions));
        rows.emplace_back(fmt::format("{}: time (sampled)", kTiers[i]),
                          fmt::format("{:.3f} s", tiers[i].seconds));
        rows.emplace_back(fmt::format("{}: MIPS", kTiers[i]),
                          fmt::format("{:.1f}", mips(tiers[i].instructions, tiers[i].seconds)));
    }
}

// The most frequent first.
void add_traps(Rows& rows, const std::map<std::string, uint64_t>& traps) {
    std::vector<std::pair<std::string, uint64_t>> sorted(traps.begin(), traps.end());
    std::ranges::stable_sort(sorted, std::ranges::greater(),
                             &std::pair<std::string, uint64_t>::second);
    for (const auto& [cause, count] : sorted) rows.emplace_back("trap: " + cause, grouped(count));
}

std::string render(const Rows& rows) {
    size_t names = 0;
    size_t values = 0;
    for (const auto& [name, value] : rows) {
        names = std::max(names, name.size());
        values = std::max(values, value.size());
    }
    std::string text;
    for (const auto& [name, value] : rows) {
        fmt::format_to(std::back_inserter(text), "{:<{}}  {:>{}}\n", name, names, value, values);
    }
    return text;
}

nlohmann::ordered_json to_json(const HartStats& hart) {
    nlohmann::ordered_json json;
    json["instructions"] = hart.instructions;
    json["tlb_misses"] = {{"fetch", hart.tlb_misses.fetch},
                          {"load", hart.tlb_misses.load},
                          {"store", hart.tlb_misses.store}};
    json["user_window"] = {{"mapped", hart.user_window.mapped},
                           {"faults", hart.user_window.faults}};
    json["traps"] = hart.traps;
    return json;
}

nlohmann::ordered_json to_json(const NativeStats& native) {
    nlohmann::ordered_json json;
    json["blocks"] = native.blocks;
    json["refused"] = native.refused;
    json["invalidated"] = native.invalidated;
    json["revived"] = native.revived;
    json["instructions"] = native.instructions;
    json["bytes"] = native.bytes;
    json["compile_seconds"] = native.compile_seconds;
    json["links"] = native.links;
    json["reuses"] = native.reuses;
    return json;
}

nlohmann::ordered_json to_json(const RegionRunStats& regions) {
    nlohmann::ordered_json json;
    json["regions"] = regions.regions;
    json["blocks"] = regions.blocks;
    json["instructions"] = regions.instructions;
    json["bytes"] = regions.bytes;
    json["refused"] = regions.refused;
    json["invalidated"] = regions.invalidated;
    json["dropped"] = regions.dropped;
    json["kept"] = regions.kept;
    json["known"] = regions.known;
    json["evicted"] = regions.evicted;
    json["waiting"] = regions.waiting;
    json["compile_seconds"] = regions.compile_seconds;
    json["guest_seconds"] = regions.guest_seconds;
    json["longest_wait"] = regions.longest_wait;
    return json;
}

nlohmann::ordered_json to_json(const std::array<TierStats, 4>& tiers) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const TierStats& tier : tiers)
        json.push_back({{"instructions", tier.instructions}, {"seconds", tier.seconds}});
    return json;
}

}  // namespace

std::string format_stats(const RunStats& stats) {
    const HartStats total = sum(stats);
    Rows rows = {
        {"backend", stats.backend},
        {"retired instructions", grouped(total.instructions)},
        {"wall time", fmt::format("{:.3f} s", stats.wall_seconds)},
        {"MIPS", fmt::format("{:.1f}", mips(total.instructions, stats.wall_seconds))},
        {"TLB misses: fetch", grouped(total.tlb_misses.fetch)},
        {"TLB misses: load", grouped(total.tlb_misses.load)},
        {"TLB misses: store", grouped(total.tlb_misses.store)},
        {"blocks decoded", grouped(stats.blocks_decoded)},
        {"blocks invalidated", grouped(stats.blocks_invalidated)},
    };
    if (total.user_window.faults != 0) {
        rows.emplace_back("user window: pages mapped", grouped(total.user_window.mapped));
        rows.emplace_back("user window: faults", grouped(total.user_window.faults));
    }
    add_native(rows, stats.native);
    add_regions(rows, stats.regions);
    add_tiers(rows, stats);
    add_traps(rows, total.traps);
    for (size_t i = 0; stats.harts.size() > 1 && i < stats.harts.size(); ++i) {
        rows.emplace_back(fmt::format("hart {}: retired", i), grouped(stats.harts[i].instructions));
    }
    return render(rows);
}

std::string stats_to_json(const RunStats& stats) {
    const HartStats total = sum(stats);
    nlohmann::ordered_json json = to_json(total);
    json["backend"] = stats.backend;
    json["wall_seconds"] = stats.wall_seconds;
    json["mips"] = mips(total.instructions, stats.wall_seconds);
    json["blocks_decoded"] = stats.blocks_decoded;
    json["blocks_invalidated"] = stats.blocks_invalidated;
    json["native"] = to_json(stats.native);
    json["regions"] = to_json(stats.regions);
    json["tiers"] = to_json(stats.tiers);
    json["harts"] = nlohmann::ordered_json::array();
    for (const HartStats& hart : stats.harts) json["harts"].push_back(to_json(hart));
    return json.dump(2) + "\n";
}

}  // namespace kiln
