// The past of a machine under --clock icount: snapshots on the way, from which it runs forward
// again to any instruction.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cpu/debug_points.h"
#include "debug/rewinding_line.h"
#include "debug/stub.h"
#include "machine/machine.h"

namespace kiln::debug {

class Timeline {
  public:
    // All outlive it. History begins now.
    Timeline(Machine& machine, DebugPoints& points, RewindingLine& line);

    // Whether a machine of this configuration can go back.
    static bool possible(const MachineConfig& config);

    // Instructions that may begin before note() should be called again.
    u64 until_note() const;
    // The machine has run on: takes a snapshot where one is due.
    void note();
    // The debugger changed the machine: history begins anew.
    void restart();

    // Goes back in front of the last instruction that the hart began.
    Stop step(u32 hart);
    // Goes back to where a hart last came to a breakpoint, or was behind an instruction that is
    // watched, which gdb then steps back over. `interrupted` is asked now and then whether to stay
    // where it was.
    Stop go_back(const std::function<bool()>& interrupted);

    // For the user, a line.
    std::string describe() const;

  private:
    struct Point {
        u64 begun;               // on all harts together
        std::vector<u64> harts;  // each one's count
        u64 pages;               // that it has and the one before has not
        RewindingLine::Position line;
        Snapshot snapshot;
    };
    // A stop on the way, and where it is reached: instructions begun on all harts.
    struct Event {
        u64 begun;
        Stop stop;
    };
    class WithoutPoints;

    Point take();
    void insert();
    void thin_out();
    void load(const Point& point);
    void pass();
    bool run_on(u64 instructions);
    void run_to(u64 begun);
    std::optional<Event> last_event(size_t from, u64 end, u64 before,
                                    const std::function<bool()>& interrupted);

    Machine& machine_;
    DebugPoints& points_;
    RewindingLine& line_;
    std::vector<Point> past_;  // in order, at least one
};

}  // namespace kiln::debug
