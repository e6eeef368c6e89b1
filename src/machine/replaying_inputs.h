// The inputs of a recording, at the moments at which they were recorded. The run goes as it went
// then, or it is noticed that it does not.
#pragma once

#include <string>

#include "machine/input_log.h"
#include "machine/logged_inputs.h"

namespace kiln {

class ReplayingInputs final : public LoggedInputs {
  public:
    // The references outlive the inputs. Output goes to `line`; its input is not looked at.
    ReplayingInputs(CharBackend& line, InputLog& log);

    bool entropy(const Moment& now, std::span<std::byte> bytes) noexcept override;
    void take_in(const Moment& now) override;
    u64 wait(const Moment& now, u64 deadline, std::span<const int> others) override;
    std::optional<int> ended() const noexcept override;
    void reset(const Moment& now) override;
    void finish(const Moment& now, int code) override;

    // How the run first differed from the recording; empty: it did not.
    const std::string& difference() const { return difference_; }
    // The recording ends before its run did, and was repeated up to there; the moment.
    std::optional<Moment> cut_off() const;

  private:
    void position_state(StateArchive& archive) override;
    bool over() const { return quit_ || !log_.next() || !difference_.empty(); }
    void differ(const Moment& now, std::string_view what);
    bool expect(const Moment& now, InputKind kind, std::optional<u64> value);
    bool deliver(const InputRecord& record);
    void advance();

    InputLog& log_;
    Moment last_;  // of the last record
    bool finished_ = false;
    std::string difference_;
};

}  // namespace kiln
