// What inputs that are written down and inputs that are repeated have in common: the guest's side.
#pragma once

#include "machine/delivered_console.h"
#include "machine/inputs.h"
#include "machine/look_count.h"
#include "machine/paced_clock.h"

namespace kiln {

class LoggedInputs : public Inputs {
  public:
    CharBackend& console() noexcept final { return console_; }
    u64 wall_clock_ns(const Moment& now) noexcept final { return clock_.at(now.tick); }
    // Equal at the same point of a recording and of its replay.
    void state(StateArchive& archive) final {
        position_state(archive);
        console_.state(archive);
        clock_.state(archive);
        looks_.state(archive);
        archive.value(quit_);
    }

  protected:
    // What the guest prints goes to `line`, which outlives the inputs.
    explicit LoggedInputs(CharBackend& line) : console_(line) {}
    // How many records lie behind, as `state` does it.
    virtual void position_state(StateArchive& archive) = 0;

    DeliveredConsole console_;
    PacedClock clock_;
    LookCount looks_;
    bool quit_ = false;
};

}  // namespace kiln
