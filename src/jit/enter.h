// The only place where guest code runs.
#pragma once

#include "cpu/guest.h"
#include "cpu/host_float.h"
#include "jit/interp/op.h"

namespace kiln {

// Runs `block` from `first` on, the handler of its first operation or what stands in front of
// that. The budget covers the block. Meanwhile the guest's MXCSR is on the host.
template <Guest G>
void enter_block(typename G::Hart& hart, const interp::Block<G>& block, interp::Handler<G> first) {
    const u32 host_mxcsr = host::read_mxcsr();
    host::write_mxcsr(hart.mxcsr);
    first(&hart, block.code(), hart.pc, hart.budget - block.count);
    hart.mxcsr = host::read_mxcsr();
    host::write_mxcsr(host_mxcsr);
}

}  // namespace kiln
