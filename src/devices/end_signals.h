// SIGINT, SIGTERM and SIGHUP end the machine as its user does with Ctrl-A x: what a run leaves
// behind is written, and the terminal is restored. The signal can then end the process.
#pragma once

#include <array>
#include <csignal>

namespace kiln {

// While one lives, the first such signal is remembered, and one that comes again ends the process
// at once. What the parent had ignored (nohup) stays ignored. At most one at a time.
class EndSignals {
  public:
    EndSignals();
    ~EndSignals();
    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;

    // The signal that came, also after the last one went; 0: none did.
    static int caught() noexcept;

  private:
    static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, kSignals.size()> previous_{};
};

}  // namespace kiln
