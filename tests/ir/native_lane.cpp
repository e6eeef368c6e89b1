#include "ir/native_lane.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "cpu/host_float.h"
#include "cpu/riscv/guest.h"
#include "ir/evaluator.h"
#include "jit/asmjit_backend/asmjit_backend.h"
#include "jit/native/transfer_impl.h"

namespace kiln::ir_test {
namespace {

template <Guest G>
class NativeLane {
  public:
    explicit NativeLane(const asmjit_backend::Host& host)
        : backend_(make_asmjit_backend_for(host, space_, native::layout_of<G>())) {}

    void run(const ir::Block& block, riscv::Hart& hart) {
        const CpuState before = hart;
        const riscv::Reservation reservation = hart.reservation;
        Memory& memory = *hart.memory;
        const std::span ram(memory.host(memory.ram_base()), memory.ram_size());
        ram_.assign(ram.begin(), ram.end());
        // Blocks are run one by one: nothing is to lead from one to another.
        space_.make_room([](native::Block&) {});
        hart.native.returns.fill({});
        const native::Block* code = backend_->compile(block, site(hart));
        if (code == nullptr) throw std::runtime_error("the backend refuses a block");
        // Just enough budget for the block: one that jumps to itself runs once. (One without
        // instructions is bookkeeping, for which it matters whether there is any.)
        const i64 rest = block.count == 0 ? 0 : hart.budget - block.count;
        hart.budget -= rest;
        hart.begun_limit -= static_cast<u64>(rest);
        const u64 left = enter(*code, hart);
        hart.budget += rest;
        hart.begun_limit += static_cast<u64>(rest);
        if (hart.trap_pending) {
            if (left == native::kInterpret) --hart.budget;  // it has begun
        } else if (left == native::kInterpret) {
            static_cast<CpuState&>(hart) = before;
            hart.reservation = reservation;
            std::ranges::copy(ram_, ram.begin());
            evaluate<G>(block, hart);
        }
    }

  private:
    static CompileSite site(const riscv::Hart& hart) {
        return {.page_offset = static_cast<u32>(hart.pc & ~kPageMask),
                .straddles = false,
                .direct = hart.direct(),
                .host_rounding = hart.host_rounding,
                .host_fma_rounding = hart.host_fma_rounding};
    }
    u64 enter(const native::Block& code, riscv::Hart& hart) {
        hart.native.jumps = jumps_.data();
        hart.native.pc_page = hart.pc & kPageMask;
        const u32 host_mxcsr = host::read_mxcsr();
        host::write_mxcsr(hart.mxcsr);
        const u64 left = native::run<G>(hart, code.entry);
        hart.mxcsr = host::read_mxcsr();
        host::write_mxcsr(host_mxcsr);
        return left;
    }

    native::CodeSpace space_{native::CodeSpace::kSmallest, native::table_of<G>()};
    std::unique_ptr<Backend> backend_;
    std::vector<std::byte> ram_;  // before the block
    std::vector<NativeJump> jumps_ = std::vector<NativeJump>(kNativeJumps);
};

struct Lanes {
    explicit Lanes(const asmjit_backend::Host& host) : rv32(host), rv64(host) {}
    void run(const ir::Block& block, riscv::Hart& hart) {
        if (block.address == ir::Type::kI32) {
            rv32.run(block, hart);
        } else {
            rv64.run(block, hart);
        }
    }

    NativeLane<riscv::Rv32> rv32;
    NativeLane<riscv::Rv64> rv64;
};

}  // namespace

void run_asmjit(const ir::Block& block, riscv::Hart& hart) {
    static Lanes lanes(asmjit_backend::this_host());
    lanes.run(block, hart);
}

void run_asmjit_baseline(const ir::Block& block, riscv::Hart& hart) {
    static Lanes lanes(asmjit_backend::Host{});
    lanes.run(block, hart);
}

}  // namespace kiln::ir_test
