#include "debug/timeline.h"

#include <algorithm>
#include <fmt/format.h>

namespace kiln::debug {
namespace {

// Instructions between snapshots: a fraction of a second even on the interpreter.
constexpr u64 kInterval = 20'000'000;
// A step back leaves a snapshot so far in front of it: more steps back will follow.
constexpr u64 kBeforeStep = 20'000;
// What the past may take: snapshots, and pages of RAM in them.
constexpr size_t kMostSnapshots = 128;
constexpr u64 kMostPages = (u64{512} << 20) / kPageSize;
// Between looks whether the user interrupts.
constexpr u64 kPiece = 1'000'000;

constexpr u64 kAllHarts = ~u64{0};

}  // namespace

// Nothing stops the machine meanwhile.
class Timeline::WithoutPoints {
  public:
    WithoutPoints(Machine& machine, DebugPoints& points)
        : machine_(machine), points_(points), watches_(points.watches()) {
        points_.set_exempt(kAllHarts, kAllHarts);
        set({});
    }
    ~WithoutPoints() {
        set(watches_);
        points_.set_exempt(0, 0);
    }
    WithoutPoints(const WithoutPoints&) = delete;
    WithoutPoints& operator=(const WithoutPoints&) = delete;

  private:
    void set(const std::vector<Watch>& watches) {
        if (watches_.empty()) return;
        points_.set_watches(watches);
        machine_.watches_changed();
    }

    Machine& machine_;
    DebugPoints& points_;
    const std::vector<Watch> watches_;
};

Timeline::Timeline(Machine& machine, DebugPoints& points, RewindingLine& line)
    : machine_(machine), points_(points), line_(line) {
    restart();
}

bool Timeline::possible(const MachineConfig& config) {
    return config.clock == ClockKind::icount &&
           std::ranges::all_of(config.drives, [](const DriveSpec& d) { return d.read_only; });
}

void Timeline::restart() {
    line_.forget_past();
    line_.forget_future();
    past_.clear();
    past_.push_back(take());
}

Timeline::Point Timeline::take() {
    Point point;
    point.begun = machine_.begun();
    for (unsigned id = 0; id < machine_.harts(); ++id)
        point.harts.push_back(machine_.hart(id).begun());
    point.line = line_.position();
    point.snapshot = machine_.save();
    point.pages = 0;
    return point;
}

std::string Timeline::describe() const {
    return fmt::format("history begins at {} instructions, {} snapshots\n", past_.front().begun,
                       past_.size());
}

u64 Timeline::until_note() const {
    const u64 now = machine_.begun();
    for (size_t i = past_.size(); i-- > 0;) {
        if (past_[i].begun > now) continue;
        return past_[i].begun + kInterval - std::min(now, past_[i].begun + kInterval - 1);
    }
    return kInterval;
}

void Timeline::note() {
    const u64 now = machine_.begun();
    const auto next = std::ranges::upper_bound(past_, now, {}, &Point::begun);
    if (now >= std::prev(next)->begun + kInterval) insert();
}

void Timeline::insert() {
    Point point = take();
    const auto next = std::ranges::upper_bound(past_, point.begun, {}, &Point::begun);
    point.pages = point.snapshot.ram.pages_not_in(std::prev(next)->snapshot.ram);
    past_.insert(next, std::move(point));
    thin_out();
}

// The older the past, the fewer snapshots are enough.
void Timeline::thin_out() {
    const auto pages = [&] {
        u64 sum = 0;
        for (const Point& point : past_) sum += point.pages;
        return sum;
    };
    while (past_.size() > kMostSnapshots || (past_.size() > 2 && pages() > kMostPages)) {
        const u64 end = past_.back().begun;
        size_t worst = 1;
        double least = 1e300;
        for (size_t i = 1; i + 1 < past_.size(); ++i) {
            const auto gap = static_cast<double>(past_[i + 1].begun - past_[i - 1].begun);
            const double value = gap / static_cast<double>(end - past_[i].begun + kInterval);
            if (value >= least) continue;
            least = value;
            worst = i;
        }
        const auto gone = past_.erase(past_.begin() + static_cast<std::ptrdiff_t>(worst));
        gone->pages = gone->snapshot.ram.pages_not_in(std::prev(gone)->snapshot.ram);
    }
}

void Timeline::load(const Point& point) {
    machine_.restore(point.snapshot);
    line_.go_to(point.line);
}

// Forward, without a stop; leaves snapshots where they are far between. False: the run is over.
bool Timeline::run_on(u64 instructions) {
    const u64 end = machine_.begun() + instructions;
    while (machine_.begun() < end) {
        const u64 target = std::min(end, machine_.begun() + until_note());
        if (machine_.run_until(target) == RunEnd::over) return false;
        note();
    }
    return true;
}

void Timeline::run_to(u64 begun) {
    const WithoutPoints quiet(machine_, points_);
    if (begun > machine_.begun()) run_on(begun - machine_.begun());
}

Stop Timeline::step(u32 id) {
    const riscv::Hart& hart = machine_.hart(id);
    const u64 goal = hart.begun() - 1;
    const u64 start = machine_.begun();
    if (hart.begun() == past_.front().harts[id]) {
        load(past_.front());
        return {Stop::kHistoryBegin, id, {}};
    }
    size_t from = past_.size() - 1;
    while (past_[from].harts[id] > goal) --from;
    load(past_[from]);
    const WithoutPoints quiet(machine_, points_);
    if (machine_.begun() + 2 * kBeforeStep < start) {
        run_on(start - kBeforeStep - machine_.begun());
        // The other harts may have had their turns since.
        if (hart.begun() <= goal) {
            insert();
        } else {
            load(past_[from]);
        }
    }
    while (hart.begun() < goal) {
        // No more than are missing where it is the hart's turn, and the others' turns whole.
        const Turn& turn = machine_.turn();
        const bool own = turn.open && turn.hart == id;
        const u64 left = own         ? goal - hart.begun()
                         : turn.open ? turn.end - machine_.hart(turn.hart).begun()
                                     : 1;
        if (!run_on(left)) break;
    }
    return {Stop::kArrived, id, {}};
}

Stop Timeline::go_back(const std::function<bool()>& interrupted) {
    const u64 start = machine_.begun();
    u64 end = start;
    size_t from = past_.size() - 1;
    while (from > 0 && past_[from].begun >= start) --from;
    for (;; --from) {
        const auto event = last_event(from, end, start, interrupted);
        if (interrupted()) {
            load(*std::prev(std::ranges::upper_bound(past_, start, {}, &Point::begun)));
            run_to(start);
            return {Stop::kInterrupted, machine_.turn().hart, {}};
        }
        if (event) {
            load(past_[from]);
            run_to(event->begun);
            return event->stop;
        }
        if (from == 0) break;
        end = past_[from].begun;
    }
    load(past_.front());
    return {Stop::kHistoryBegin, machine_.turn().hart, {}};
}

// Runs the instruction that the machine stopped in front of. It may be at a breakpoint and watched.
void Timeline::pass() {
    points_.set_exempt(kAllHarts, kAllHarts);
    machine_.run_until(machine_.begun() + 1);
    points_.set_exempt(0, 0);
}

// The last stop between a snapshot and `end`, that is reached before `before`.
std::optional<Timeline::Event> Timeline::last_event(size_t from, u64 end, u64 before,
                                                    const std::function<bool()>& interrupted) {
    load(past_[from]);
    std::optional<Event> last;
    points_.set_exempt(0, 0);
    while (machine_.begun() < end && !interrupted()) {
        const RunEnd run = machine_.run_until(std::min(end, machine_.begun() + kPiece));
        if (run == RunEnd::over) break;
        if (run != RunEnd::debug) continue;
        const u64 now = machine_.begun();
        const u32 hart = machine_.turn().hart;
        if (const auto hit = points_.take_hit()) {
            // Behind the instruction, in front of which it leads back.
            last = Event{now + 1, {Stop::kWatch, hart, *hit}};
        } else if (now < before) {
            last = Event{now, {Stop::kBreakpoint, hart, {}}};
        }
        if (now >= end) break;
        pass();
    }
    return last;
}

}  // namespace kiln::debug
