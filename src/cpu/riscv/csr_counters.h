// The counters of cycles and of retired instructions. The instruction under way has begun and has
// not retired: it is not counted yet; a written value is what the next instruction reads.
#pragma once

#include "cpu/riscv/hart.h"

namespace kiln::riscv::csr {

u64 cycles(const Hart& hart);
void set_cycles(Hart& hart, u64 value);
u64 instret(const Hart& hart);
void set_instret(Hart& hart, u64 value);
// mcountinhibit.
void set_inhibit(Hart& hart, u64 value);

}  // namespace kiln::riscv::csr
