// Numbers the calls of Inputs::take_in at one moment: the machine looks for input more than once
// where no instruction runs in between.
#pragma once

#include "machine/inputs.h"

namespace kiln {

class LookCount {
  public:
    // The number of this call, from 0.
    u32 next(const Moment& now) {
        count_ = now == last_ ? count_ + 1 : 0;
        last_ = now;
        return count_;
    }
    // Saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive) { archive.values(last_.instructions, last_.tick, count_); }

  private:
    Moment last_{~u64{0}, 0};
    u32 count_ = 0;
};

}  // namespace kiln
