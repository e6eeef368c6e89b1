#include "ir/native_lane.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "cpu/host_float.h"
#include "cpu/riscv/guest.h"
#include "ir/evaluator.h"
#include "jit/ir/text.h"
#ifdef KILN_ASMJIT
#include "jit/asmjit_backend/asmjit_backend.h"
#endif
#ifdef KILN_LLVM
#include "jit/llvm_backend/llvm_backend.h"
#endif
#include "jit/native/transfer_impl.h"

namespace kiln::ir_test {
namespace {

// How a lane gets native code of a block, which nothing else leads to.
#ifdef KILN_ASMJIT
template <Guest G>
class AsmjitCode {
  public:
    explicit AsmjitCode(const asmjit_backend::Host& host)
        : backend_(make_asmjit_backend_for(host, space_, native::layout_of<G>())) {}
    const native::Block* compile(const ir::Block& block, const riscv::Hart& hart) {
        space_.make_room([](native::Block&) {});
        return backend_->compile(block, {.page_offset = static_cast<u32>(hart.pc & ~kPageMask),
                                         .straddles = false,
                                         .direct = hart.direct(),
                                         .host_rounding = hart.host_rounding,
                                         .host_fma_rounding = hart.host_fma_rounding});
    }

  private:
    native::CodeSpace space_{native::CodeSpace::kSmallest, native::table_of<G>()};
    std::unique_ptr<Backend> backend_;
};
#endif
#ifdef KILN_LLVM
// A region of one block.
template <Guest G>
class LlvmCode {
  public:
    explicit LlvmCode(unsigned level) : level_(level) {}
    const native::Block* compile(const ir::Block& block, const riscv::Hart& hart) {
        if (region_ != nullptr) backend_->release(*region_);
        const auto offset = static_cast<i64>(hart.pc & ~kPageMask);
        region_ = backend_->compile({.blocks = {{block, offset, 1}}, .entries = {0}},
                                    {.direct = hart.direct(),
                                     .user_window = UserWindow::kNone,
                                     .keyed_from = kPageSize,
                                     .host_rounding = hart.host_rounding,
                                     .host_fma_rounding = hart.host_fma_rounding,
                                     .level = level_});
        return region_ == nullptr ? nullptr : &region_->entries[0];
    }

  private:
    const unsigned level_;
    std::unique_ptr<RegionBackend> backend_ = make_llvm_backend({.bytes = 4 << 20,
                                                                 .table = native::table_of<G>(),
                                                                 .layout = native::layout_of<G>(),
                                                                 .store = nullptr});
    native::Region* region_ = nullptr;
};
#endif

// All that a block may change.
class Before {
  public:
    void take(const riscv::Hart& hart) {
        state_ = hart;
        reservation_ = hart.reservation;
        const auto ram = ram_of(hart);
        ram_.assign(ram.begin(), ram.end());
    }
    void put_back(riscv::Hart& hart) const {
        static_cast<CpuState&>(hart) = state_;
        hart.reservation = reservation_;
        std::ranges::copy(ram_, ram_of(hart).begin());
    }

  private:
    static std::span<std::byte> ram_of(const riscv::Hart& hart) {
        Memory& memory = *hart.memory;
        return {memory.host(memory.ram_base()), memory.ram_size()};
    }

    CpuState state_;
    riscv::Reservation reservation_;
    std::vector<std::byte> ram_;
};

template <Guest G, template <class> class Code>
class NativeLane {
  public:
    template <class Choice>
    explicit NativeLane(const Choice& choice) : code_(choice) {}

    void run(const ir::Block& block, riscv::Hart& hart) {
        before_.take(hart);
        // Blocks are run one by one: nothing is to lead from one to another.
        hart.native.returns.fill({});
        const native::Block* code = code_.compile(block, hart);
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
            before_.put_back(hart);
            if (!goes_beyond(block, hart))
                throw std::runtime_error("native code leaves this to the interpreter in vain:\n" +
                                         ir::print(block));
            before_.put_back(hart);
            evaluate<G>(block, hart);
        }
    }

  private:
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

    // Whether the block does what only the interpreter does: an access to a device, to guarded
    // memory, one that traps, or one outside the direct window (at the very end of RAM).
    static bool goes_beyond(const ir::Block& block, riscv::Hart& hart) {
        const DirectWindow window = hart.native.window;
        const bool direct = hart.direct();
        bool outside = false;
        hart.reach = Reach::kPlainRam;
        evaluate<G>(block, hart, [&](u64 address) {
            outside |= direct && address - window.first >= window.limit;
        });
        return hart.trap_pending || outside;
    }

    Code<G> code_;
    Before before_;
    std::vector<NativeJump> jumps_ = std::vector<NativeJump>(kNativeJumps);
};

template <template <class> class Code>
struct Lanes {
    template <class Choice>
    explicit Lanes(const Choice& choice) : rv32(choice), rv64(choice) {}
    void run(const ir::Block& block, riscv::Hart& hart) {
        if (block.address == ir::Type::kI32) {
            rv32.run(block, hart);
        } else {
            rv64.run(block, hart);
        }
    }

    NativeLane<riscv::Rv32, Code> rv32;
    NativeLane<riscv::Rv64, Code> rv64;
};

}  // namespace

#ifdef KILN_ASMJIT
void run_asmjit(const ir::Block& block, riscv::Hart& hart) {
    static Lanes<AsmjitCode> lanes(asmjit_backend::this_host());
    lanes.run(block, hart);
}

void run_asmjit_baseline(const ir::Block& block, riscv::Hart& hart) {
    static Lanes<AsmjitCode> lanes(asmjit_backend::Host{});
    lanes.run(block, hart);
}
#endif

#ifdef KILN_LLVM
void run_llvm(const ir::Block& block, riscv::Hart& hart) {
    static Lanes<LlvmCode> lanes(3u);
    lanes.run(block, hart);
}
#endif

}  // namespace kiln::ir_test
