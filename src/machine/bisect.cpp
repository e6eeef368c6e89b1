#include "machine/bisect.h"

#include <algorithm>

#include "jit/decode_block.h"
#include "jit/region_former.h"
#include "machine/backends.h"

namespace kiln {
namespace {

MachineConfig on_backend(MachineConfig config, const std::string& backend) {
    config.backend = backend;
    config.clock = ClockKind::icount;
    config.audit = false;
    config.wait_for_code = true;
    return config;
}

// The backends that a backend consists of: one of blocks and one of regions, or itself.
std::vector<std::string> parts_of(const std::string& name) {
    const BackendInfo& whole = find_backend(name);
    if (whole.make == nullptr || whole.regions == nullptr) return {name};
    std::vector<std::string> parts;
    for (const BackendInfo& part : backends()) {
        const bool blocks = part.make == whole.make && part.regions == nullptr;
        const bool regions = part.regions == whole.regions && part.make == nullptr;
        if (blocks || regions) parts.emplace_back(part.name);
    }
    return parts;
}

// Most instructions that run natively, or not at all, once they were begun.
u64 longest_piece(const std::string& backend) {
    const bool regions = find_backend(backend).regions != nullptr;
    return regions ? RegionLimits{}.instructions : kMaxBlockInsns;
}

// Narrows the piece in front of which both were the same, and behind which they differ.
class Narrowing {
  public:
    Narrowing(BisectedMachine& a, BisectedMachine& b, Divergence piece)
        : a_(a), b_(b), piece_(std::move(piece)), longest_(longest_piece(piece_.backend)) {}

    // Whether they differ at `target` when both start from `from` (and begin there).
    bool differ(const Snapshot& from, u64 target) {
        a_.restore(from);
        a_.run(target);
        b_.restore(from);
        b_.run(target);
        return !a_.same_as(b_);
    }
    bool found_again() { return differ(piece_.before, piece_.end); }

    Divergence narrow() {
        find_end();
        find_begin();
        return std::move(piece_);
    }

  private:
    // The first count at which they differ.
    void find_end() {
        for (u64 same = piece_.begin; piece_.end - same > 1;) {
            const u64 middle = same + (piece_.end - same) / 2;
            if (differ(piece_.before, middle)) {
                piece_.end = middle;
                continue;
            }
            same = middle;
            // From a later start, if that is enough to be wrong: not in the middle of a block,
            // whose first part the interpreter just ran.
            const u64 begin = a_piece_before(middle);
            if (begin == piece_.begin) continue;
            Snapshot snapshot = at(begin);
            if (differ(snapshot, piece_.end)) begin_at(begin, std::move(snapshot));
        }
    }
    // The last count from which they still come to differ there: at most a block in front of it, or
    // the longest way through a region.
    void find_begin() {
        const u64 farthest = a_piece_before(piece_.end);
        for (u64 begin = piece_.end; begin-- > farthest;) {
            Snapshot snapshot = at(begin);
            if (!differ(snapshot, piece_.end)) continue;
            begin_at(begin, std::move(snapshot));
            piece_.smallest = true;
            return;
        }
    }
    // A count in front of any native code that reaches to `target`.
    u64 a_piece_before(u64 target) const {
        return target - std::min(target - piece_.begin, longest_);
    }
    Snapshot at(u64 target) {
        a_.restore(piece_.before);
        a_.run(target);
        return a_.machine().save();
    }
    void begin_at(u64 begin, Snapshot snapshot) {
        piece_.begin = begin;
        piece_.before = std::move(snapshot);
    }

    BisectedMachine& a_;
    BisectedMachine& b_;
    Divergence piece_;
    const u64 longest_;
};

}  // namespace

BisectedMachine::BisectedMachine(MachineConfig config, const std::string& backend,
                                 CodeListener* listener)
    : machine_(on_backend(std::move(config), backend), console_, listener) {}

void BisectedMachine::restore(const Snapshot& snapshot) {
    machine_.restore(snapshot);
    end_ = RunEnd::reached;
}

bool BisectedMachine::same_as(BisectedMachine& other) {
    return end_ == other.end_ && machine_.begun() == other.machine_.begun() &&
           machine_.state_hash() == other.machine_.state_hash();
}

std::optional<Divergence> find_divergence(const MachineConfig& config, const std::string& a,
                                          const std::string& b, u64 step) {
    const u64 limit = config.limit_instructions.value_or(~u64{0});
    BisectedMachine first(config, a);
    BisectedMachine second(config, b);
    for (u64 begin = 0;;) {
        Snapshot before = first.machine().save();
        const u64 end = std::min(limit, begin + step);
        first.run(end);
        second.run(end);
        if (!first.same_as(second)) {
            Divergence piece{b, begin, end, false, std::move(before)};
            // Where all is compiled at once it does not matter what was compiled before.
            MachineConfig at_once = config;
            at_once.tier_up = 0;
            for (const std::string& part : parts_of(b)) {
                piece.backend = part;
                BisectedMachine eager(at_once, part);
                Narrowing narrowing(first, eager, piece);
                if (narrowing.found_again()) return narrowing.narrow();
            }
            piece.backend = b;
            Narrowing as_it_was(first, second, piece);
            return as_it_was.found_again() ? as_it_was.narrow() : piece;
        }
        if (first.over() || end == limit) return std::nullopt;
        begin = end;
    }
}

}  // namespace kiln
