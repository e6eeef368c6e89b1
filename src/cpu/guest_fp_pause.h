// Host code in the middle of guest code.
#pragma once

#include "cpu/cpu_state.h"
#include "cpu/host_float.h"

namespace kiln {

// Takes the guest's MXCSR off the host for the time of a call.
class GuestFpPause {
  public:
    explicit GuestFpPause(CpuState& state) : state_(state) {
        state_.mxcsr = host::read_mxcsr();
        host::write_mxcsr(host::kMxcsrDefault);
    }
    ~GuestFpPause() { host::write_mxcsr(state_.mxcsr); }
    GuestFpPause(const GuestFpPause&) = delete;
    GuestFpPause& operator=(const GuestFpPause&) = delete;

  private:
    CpuState& state_;
};

}  // namespace kiln
