// Inputs from the host, all of which go to a log. The guest gets them where take_in is called,
// which is at the same moments when the log is replayed. Guest time keeps up with the wall's where
// the guest waits, so that a user finds a machine like any other.
#pragma once

#include <functional>
#include <vector>

#include "devices/goldfish_rtc.h"
#include "devices/virtio_rng.h"
#include "machine/input_log.h"
#include "machine/logged_inputs.h"

namespace kiln {

// Where a recording's inputs come from besides its console.
struct HostSources {
    EntropySource entropy = host_entropy;
    std::function<u64()> wall_clock_ns = host_wall_clock_ns;
};

class RecordingInputs final : public LoggedInputs {
  public:
    // The references outlive the inputs. The log is published by the first take_in.
    RecordingInputs(CharBackend& line, InputLogWriter& log, HostSources host = {});

    bool entropy(const Moment& now, std::span<std::byte> bytes) noexcept override;
    void take_in(const Moment& now) override;
    u64 wait(const Moment& now, u64 deadline, std::span<const int> others) override;
    std::optional<int> ended() const noexcept override;
    void reset(const Moment& now) override;
    void finish(const Moment& now, int code) override;

  private:
    void position_state(StateArchive& archive) override;
    void note(InputKind kind, const Moment& now, u64 value = 0,
              std::span<const std::byte> data = {});
    void start(const Moment& now);
    void set_clock(const Moment& now);
    void take_keys(const Moment& now);
    bool has_news();

    CharBackend& line_;
    InputLogWriter& log_;
    HostSources host_;
    u32 look_ = 0;                 // the last one's number
    u64 clock_set_ns_ = 0;         // the host's time at the last record of it
    std::vector<std::byte> keys_;  // typed and not delivered
    u64 breaks_ = 0;
    bool started_ = false;
};

}  // namespace kiln
