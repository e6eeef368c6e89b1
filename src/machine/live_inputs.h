// Inputs straight from the host; or, under --clock icount, made up so that runs repeat as long as
// nobody types.
#pragma once

#include "machine/config.h"
#include "machine/entropy_sequence.h"
#include "machine/inputs.h"

namespace kiln {

class LiveInputs final : public Inputs {
  public:
    // `console` outlives the inputs.
    LiveInputs(CharBackend& console, ClockKind clock) : console_(console), clock_(clock) {}

    CharBackend& console() noexcept override { return console_; }
    bool entropy(const Moment& now, std::span<std::byte> bytes) noexcept override;
    u64 wall_clock_ns(const Moment& now) noexcept override;
    void take_in(const Moment&) override {}
    u64 wait(const Moment& now, u64 deadline, std::span<const int> others) override;
    std::optional<int> ended() const noexcept override;
    void reset(const Moment&) override {}
    void state(StateArchive& archive) override { made_up_.state(archive); }
    void finish(const Moment&, int) override {}

  private:
    CharBackend& console_;
    ClockKind clock_;
    EntropySequence made_up_;
};

}  // namespace kiln
