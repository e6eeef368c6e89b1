// What a client of the GDB remote protocol is answered while the guest stands. It knows harts and
// what the client has set, and neither sockets nor how a machine runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/riscv/hart.h"
#include "debug/hex.h"
#include "debug/point_set.h"

namespace kiln::debug {

// How the guest goes on.
struct Resume {
    enum Kind : u8 { kContinue, kStep, kReverseContinue, kReverseStep };
    Kind kind = kContinue;
    u32 hart = 0;  // that steps
    // Steps go on while the hart's pc is in [first, end).
    u64 first = 0;
    u64 end = 0;
    // While a hart steps, whether the others stop at breakpoints.
    bool others_break = true;
    bool operator==(const Resume&) const = default;
};

// Why the guest stands.
struct Stop {
    enum Reason : u8 {
        kArrived,  // a client came, or a step is done
        kInterrupted,
        kBreakpoint,
        kWatch,
        kHistoryBegin,  // there is nothing before, for one who goes back
    };
    Reason reason = kArrived;
    u32 hart = 0;
    WatchHit hit = {};  // of kWatch
};

// An answer, and what else is to be done.
struct Answer {
    enum Action : u8 { kNone, kResume, kDetach, kKill, kReset, kNoAck };
    // nullopt: there is none now. Empty: the packet is not known.
    std::optional<std::string> reply = std::string();
    Action action = kNone;
    Resume resume = {};    // of kResume
    bool changes = false;  // the client has changed the guest
};

class Stub {
  public:
    // What the user's command for the monitor prints; sets the action that it asks for.
    using Monitor = std::function<std::string(std::string_view command, Answer::Action& action)>;

    explicit Stub(Monitor monitor) : monitor_(std::move(monitor)) {}

    // The harts, at least one, which are asked from now on; with `reverses` the guest can go back.
    void attach(std::vector<riscv::Hart*> harts, bool reverses);
    // A client came: nothing is known of it.
    void greet();

    Answer handle(std::string_view packet);
    // Notes why the guest stands, and says it.
    std::string stopped(const Stop& stop);

    const PointSet& points() const { return points_; }

  private:
    struct Command;
    static const Command kCommands[];

    Answer describe_stop(Fields fields);
    Answer select_hart(Fields fields);
    Answer is_alive(Fields fields);
    Answer read_registers(Fields fields);
    Answer write_registers(Fields fields);
    Answer read_one(Fields fields);
    Answer write_one(Fields fields);
    Answer read_memory(Fields fields);
    Answer write_memory(Fields fields);
    Answer write_binary(Fields fields);
    Answer insert_point(Fields fields);
    Answer remove_point(Fields fields);
    Answer change_point(Fields fields, bool inserts);
    Answer go_on(Fields fields);
    Answer step(Fields fields);
    Answer go_on_with_signal(Fields fields);
    Answer step_with_signal(Fields fields);
    Answer go_back(Fields fields);
    Answer step_back(Fields fields);
    Answer resume_harts(Fields fields);
    Answer supported(Fields fields);
    Answer transfer_features(Fields fields);
    Answer transfer_threads(Fields fields);
    Answer list_harts(Fields fields);
    Answer name_hart(Fields fields);
    Answer current_hart(Fields fields);
    Answer ask_monitor(Fields fields);

    riscv::Hart& hart() const { return *harts_[selected_]; }
    std::optional<u32> find_hart(Fields& fields) const;
    Answer resume(Resume::Kind kind) const;
    Answer resume_at(Fields fields, Resume::Kind kind);

    Monitor monitor_;
    std::vector<riscv::Hart*> harts_;
    bool reverses_ = false;
    bool tells_breakpoints_ = false;  // the client knows swbreak and hwbreak
    u32 selected_ = 0;                // hart that registers and memory are asked of
    u32 runs_ = 0;                    // hart that steps
    Stop stop_;
    PointSet points_;
};

}  // namespace kiln::debug
