#include "cpu/riscv/guest.h"
#include "jit/engine_impl.h"
#include "machine/hart_engine.h"

namespace kiln {

template class Engine<riscv::Rv64>;

std::unique_ptr<HartEngine> make_rv64_engine(Memory& memory, const EngineSetup& setup) {
    return std::make_unique<EngineOf<riscv::Rv64>>(memory, setup);
}

}  // namespace kiln
