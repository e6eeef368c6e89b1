// Into native code and out of it again, and what its calls leave as it was.
#include <algorithm>

#include "cpu/host_float.h"
#include "native_rig.h"

namespace kiln::native {
namespace {

using namespace native_test;
using riscv::f_offset;
using riscv::x_offset;
using Guest64 = riscv::Rv64;

constexpr Layout kLayout = layout_of<Guest64>();
constexpr u64 kLeft = 0x123456789abcdef0;

constexpr u64 slot_offset(u64 slot) { return offsetof(CpuState, regs) + slot * sizeof(u64); }
u64 value_of(unsigned reg) { return 0x0101010101010101 * (reg + 0x31); }
u64 xmm_value_of(unsigned reg) { return 0x4000100010001000 + reg; }

u64& at(Hart& hart, StateOffset offset) { return hart.regs[offset / sizeof(u64)]; }

// Slots of the register file that are not pinned, one after the other.
class FreeSlots {
  public:
    StateOffset next() {
        while (pinned(slot_offset(slot_))) ++slot_;
        return slot_offset(slot_++);
    }

  private:
    static bool pinned(StateOffset offset) {
        return std::ranges::find(kLayout.ints, offset) != kLayout.ints.end() ||
               std::ranges::find(kLayout.floats, offset) != kLayout.floats.end();
    }
    u64 slot_ = 0;
};

class Rig : public HartRig {
  public:
    explicit Rig(const Table& table = table_of<Guest64>()) : space(CodeSpace::kSmallest, table) {
        hart.native.memory = kMemory;
    }
    u64 run(u64 entry) { return enter_of<Guest64>()(&hart, entry); }

    static constexpr u64 kMemory = 0x5151515151515151;
    CodeSpace space;
};

TEST(NativeTransfer, StateGoesInAndComesOut) {
    Rig rig;
    rig.hart.budget = 77;
    for (unsigned i = 0; i < kPinnedInts.size(); ++i) at(rig.hart, kLayout.ints[i]) = value_of(i);
    for (unsigned i = 0; i < kPinnedFloats; ++i) at(rig.hart, kLayout.floats[i]) = xmm_value_of(i);
    Code code(rig.space);
    FreeSlots slots;
    std::vector<std::pair<StateOffset, u64>> expected;
    const auto expect = [&](u64 value) {
        expected.emplace_back(slots.next(), value);
        return expected.back().first;
    };
    for (unsigned i = 0; i < kPinnedInts.size(); ++i)
        code.store(kPinnedInts[i], expect(value_of(i)));
    for (unsigned i = 0; i < kPinnedFloats; ++i) code.store_xmm(i, expect(xmm_value_of(i)));
    code.store(kBudgetReg, expect(77));
    code.store(kMemoryReg, expect(Rig::kMemory));
    const StateOffset stack = slots.next();
    code.store(rsp, stack);
    code.bytes({0x49, 0x83, 0xec, 100});  // sub r12, 100
    // The frame, first to last: mov [rsp + N], rax
    code.bytes({0x48, 0x89, 0x84, 0x24, 0, 0, 0, 0});
    code.bytes({0x48, 0x89, 0x84, 0x24, (kFrameBytes - 8) & 0xff, (kFrameBytes - 8) >> 8, 0, 0});
    for (unsigned i = 0; i < kPinnedFloats; ++i) {
        code.set_xmm(i, xmm_value_of(i + 20));
        expected.emplace_back(kLayout.floats[i], xmm_value_of(i + 20));
    }
    for (unsigned i = 0; i < kPinnedInts.size(); ++i) {
        code.set(kPinnedInts[i], value_of(i + 20));
        expected.emplace_back(kLayout.ints[i], value_of(i + 20));
    }
    code.leave(kLeft);
    EXPECT_EQ(rig.run(code.publish()), kLeft);
    for (const auto& [offset, value] : expected) EXPECT_EQ(at(rig.hart, offset), value) << offset;
    EXPECT_EQ(at(rig.hart, stack) % 16, 8u);
    EXPECT_EQ(rig.hart.budget, -23);
}

// Runs code with known values in the registers that a C++ function keeps; returns what changed of
// them.
u64 changes_of_kept_registers(CpuState* state, u64 entry) {
    u64 changed = 0;
    Enter enter = enter_of<Guest64>();
    asm volatile(
        "mov %%rsp, %%rcx\n sub $256, %%rsp\n and $-16, %%rsp\n"
        "push %%rcx\n push %%rbp\n"
        "mov $0x1111, %%ebx\n mov $0x2222, %%ebp\n mov $0x3333, %%r12d\n"
        "mov $0x4444, %%r13d\n mov $0x5555, %%r14d\n mov $0x6666, %%r15d\n"
        "call *%%rax\n"
        "xor $0x1111, %%rbx\n xor $0x2222, %%rbp\n xor $0x3333, %%r12\n"
        "xor $0x4444, %%r13\n xor $0x5555, %%r14\n xor $0x6666, %%r15\n"
        "or %%rbp, %%rbx\n or %%r12, %%rbx\n or %%r13, %%rbx\n or %%r14, %%rbx\n or %%r15, %%rbx\n"
        "pop %%rbp\n pop %%rsp\n"
        "mov %%rbx, %%rdx\n"
        : "+a"(enter), "+D"(state), "+S"(entry), "=d"(changed)
        :
        : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1",
          "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
          "xmm13", "xmm14", "xmm15", "memory", "cc");
    return changed;
}

TEST(NativeTransfer, CallerKeepsItsRegisters) {
    Rig rig;
    Code code(rig.space);
    for (const Gpr reg : {rbx, rbp, r12, r14, r15}) code.set(reg, value_of(reg));
    code.leave(0);
    EXPECT_EQ(changes_of_kept_registers(&rig.hart, code.publish()), 0u);
    EXPECT_EQ(static_cast<u64>(rig.hart.budget), value_of(r12));
}

// A function that leaves nothing as it was, of what C++ lets it change.
void spoil_registers() {
    asm volatile(
        "mov $-1, %%rax\n mov %%rax, %%rcx\n mov %%rax, %%rdx\n mov %%rax, %%rsi\n"
        "mov %%rax, %%rdi\n mov %%rax, %%r8\n mov %%rax, %%r9\n mov %%rax, %%r10\n"
        "mov %%rax, %%r11\n movq %%rax, %%xmm0\n movq %%rax, %%xmm1\n movq %%rax, %%xmm2\n"
        "movq %%rax, %%xmm3\n movq %%rax, %%xmm4\n movq %%rax, %%xmm5\n movq %%rax, %%xmm6\n"
        "movq %%rax, %%xmm7\n movq %%rax, %%xmm8\n movq %%rax, %%xmm9\n movq %%rax, %%xmm10\n"
        "movq %%rax, %%xmm11\n movq %%rax, %%xmm12\n movq %%rax, %%xmm13\n"
        "movq %%rax, %%xmm14\n movq %%rax, %%xmm15" ::
            : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2",
              "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
              "xmm13", "xmm14", "xmm15", "memory", "cc");
}
bool misaligned_stack(const void* frame) { return reinterpret_cast<u64>(frame) % 16 != 0; }

bool spoil_and_do(CpuState& state) noexcept {
    spoil_registers();
    state.native.result = misaligned_stack(__builtin_frame_address(0));
    return true;
}
bool spoil_and_refuse(CpuState& state) noexcept {
    spoil_registers();
    state.native.result = misaligned_stack(__builtin_frame_address(0));
    return false;
}

// Sets every register but those with a fixed meaning, calls, and compares.
void expect_call_keeps_registers(Rig& rig, Symbol symbol, bool done) {
    Code code(rig.space);
    FreeSlots slots;
    std::vector<std::pair<StateOffset, u64>> expected;
    const auto expect = [&](u64 value) {
        expected.emplace_back(slots.next(), value);
        return expected.back().first;
    };
    const std::vector<Gpr> regs = {rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r14};
    for (unsigned i = 0; i < 16; ++i) code.set_xmm(i, xmm_value_of(i));
    for (const Gpr reg : regs) code.set(reg, value_of(reg));
    const StateOffset stack_before = slots.next();
    const StateOffset stack_behind = slots.next();
    code.store(rsp, stack_before);
    code.call(rig.space.slot(symbol));
    code.store_not_zero(expect(done ? 1 : 0));
    code.store(rsp, stack_behind);
    for (const Gpr reg : regs) code.store(reg, expect(value_of(reg)));
    code.store(kMemoryReg, expect(Rig::kMemory));
    for (unsigned i = 0; i < 16; ++i) code.store_xmm(i, expect(xmm_value_of(i)));
    code.leave(kLeft);
    EXPECT_EQ(rig.run(code.publish()), kLeft);
    for (size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(at(rig.hart, expected[i].first), expected[i].second) << "check " << i;
    EXPECT_EQ(at(rig.hart, stack_before), at(rig.hart, stack_behind));
    EXPECT_EQ(rig.hart.native.result, 0u) << "the stack is misaligned";
}

Table table_with(Symbol symbol, void (*thunk)()) {
    Table table = table_of<Guest64>();
    table[static_cast<size_t>(symbol)] = reinterpret_cast<u64>(thunk);
    return table;
}

TEST(NativeTransfer, SlowCallKeepsEveryRegister) {
    Rig rig(table_with(Symbol::kLoad, &detail::slow_thunk<&spoil_and_do>));
    expect_call_keeps_registers(rig, Symbol::kLoad, true);
}

TEST(NativeTransfer, RefusingSlowCallKeepsEveryRegister) {
    Rig rig(table_with(Symbol::kStore, &detail::slow_thunk<&spoil_and_refuse>));
    expect_call_keeps_registers(rig, Symbol::kStore, false);
}

TEST(NativeTransfer, SlowCallThatMayLeaveKeepsEveryRegister) {
    Rig rig(table_with(Symbol::kLoadOrLeave, &detail::slow_or_leave_thunk<Guest64, &spoil_and_do>));
    expect_call_keeps_registers(rig, Symbol::kLoadOrLeave, true);
}

TEST(NativeTransfer, SlowCallLeavesWhereItsOperationIsNotDone) {
    Rig rig(table_with(Symbol::kStoreOrLeave,
                       &detail::slow_or_leave_thunk<Guest64, &spoil_and_refuse>));
    Code code(rig.space);
    FreeSlots slots;
    const StateOffset behind = slots.next();
    code.set(rdi, value_of(3));
    code.call(rig.space.slot(Symbol::kStoreOrLeave));
    code.store(rsp, behind);
    code.leave(kGoOn);
    rig.hart.budget = 7;
    rig.hart.native.pc_page = 0x80004000;
    rig.hart.native.args[1] = pack_access(8, 0x124, 5);
    at(rig.hart, behind) = 0;
    EXPECT_EQ(run<Guest64>(rig.hart, code.publish()), kInterpret);
    EXPECT_EQ(rig.hart.pc, 0x80004124u);
    EXPECT_EQ(rig.hart.budget, 12);
    EXPECT_EQ(at(rig.hart, behind), 0u);
    EXPECT_EQ(at(rig.hart, kLayout.ints[0]), value_of(3));
    EXPECT_EQ(rig.hart.native.result, 0u) << "the stack is misaligned";
}

void set_helper(Hart& hart, u64 (*function)(CpuState&, u64, u64, u64) noexcept) {
    hart.native.args = {1, 2, 3, reinterpret_cast<u64>(function)};
}

TEST(NativeTransfer, HelperKeepsEveryRegister) {
    Rig rig;
    set_helper(rig.hart, [](CpuState&, u64, u64, u64) noexcept -> u64 {
        spoil_registers();
        return misaligned_stack(__builtin_frame_address(0));
    });
    expect_call_keeps_registers(rig, Symbol::kHelper, true);
}

TEST(NativeTransfer, HelperThatTrapsSaysSo) {
    Rig rig;
    set_helper(rig.hart, [](CpuState& state, u64, u64, u64) noexcept -> u64 {
        spoil_registers();
        state.raise(2, 0);
        return 0;
    });
    expect_call_keeps_registers(rig, Symbol::kHelper, false);
    EXPECT_TRUE(rig.hart.trap_pending);
}

TEST(NativeTransfer, HelperSeesAndChangesGuestState) {
    Rig rig;
    set_helper(rig.hart, [](CpuState& state, u64 a, u64 b, u64 c) noexcept -> u64 {
        auto& hart = riscv::hart_of(state);
        u64 seen = 0;
        for (const StateOffset offset : kLayout.ints) seen += at(hart, offset)++;
        for (const StateOffset offset : kLayout.floats) seen += at(hart, offset)++;
        state.native.memory = 0x99;
        return seen * 1000 + a * 100 + b * 10 + c;
    });
    Code code(rig.space);
    FreeSlots slots;
    for (unsigned i = 0; i < kPinnedFloats; ++i) code.set_xmm(i, 1 << (i + 8));
    for (unsigned i = 0; i < kPinnedInts.size(); ++i) code.set(kPinnedInts[i], 1 << i);
    code.call(rig.space.slot(Symbol::kHelper));
    std::vector<std::pair<StateOffset, u64>> expected;
    for (unsigned i = 0; i < kPinnedInts.size(); ++i) {
        expected.emplace_back(slots.next(), (1 << i) + 1);
        code.store(kPinnedInts[i], expected.back().first);
    }
    for (unsigned i = 0; i < kPinnedFloats; ++i) {
        expected.emplace_back(slots.next(), (1 << (i + 8)) + 1);
        code.store_xmm(i, expected.back().first);
    }
    expected.emplace_back(slots.next(), 0x99);
    code.store(kMemoryReg, expected.back().first);
    code.leave(0);
    rig.run(code.publish());
    EXPECT_EQ(rig.hart.native.result, 65535u * 1000 + 123);
    for (const auto& [offset, value] : expected) EXPECT_EQ(at(rig.hart, offset), value) << offset;
}

// Host code runs under the host's rounding and leaves no flags to the guest.
TEST(NativeTransfer, CallsRunUnderTheHostsMxcsr) {
    Rig rig;
    const u32 guest = host::mxcsr_from(1, 0);
    set_helper(rig.hart, [](CpuState& state, u64, u64, u64) noexcept -> u64 {
        const u32 inside = host::read_mxcsr();
        const u32 saved = state.mxcsr;
        host::write_mxcsr(inside | 0x3f);
        return u64{saved} << 32 | inside;
    });
    Code code(rig.space);
    code.call(rig.space.slot(Symbol::kHelper));
    code.leave(0);
    const u64 entry = code.publish();
    const u32 host_mxcsr = host::read_mxcsr();
    host::write_mxcsr(guest);
    rig.run(entry);
    const u32 behind = host::read_mxcsr();
    host::write_mxcsr(host_mxcsr);
    EXPECT_EQ(behind, guest);
    EXPECT_EQ(rig.hart.native.result, u64{guest} << 32 | host::kMxcsrDefault);
}

}  // namespace
}  // namespace kiln::native
