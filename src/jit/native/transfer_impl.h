// Definitions for the files that instantiate them: the trampoline and the thunks, in assembly.
#pragma once

#include <cstddef>

#include "cpu/memory.h"
#include "cpu/tlb.h"
#include "jit/native/slow_calls.h"
#include "jit/native/transfer.h"

namespace kiln::native {
namespace detail {

// Between the pinned registers and their slots.
template <class G>
[[gnu::naked]] inline void load_pinned() {
    asm("mov %c0(%%r13), %%rdi\n mov %c1(%%r13), %%rsi\n"
        "mov %c2(%%r13), %%r8\n mov %c3(%%r13), %%r9\n"
        "mov %c4(%%r13), %%r11\n mov %c5(%%r13), %%r14\n"
        "mov %c6(%%r13), %%rcx\n mov %c7(%%r13), %%rdx\n"
        "movq %c8(%%r13), %%xmm0\n movq %c9(%%r13), %%xmm1\n"
        "movq %c10(%%r13), %%xmm2\n movq %c11(%%r13), %%xmm3\n"
        "movq %c12(%%r13), %%xmm4\n movq %c13(%%r13), %%xmm5\n"
        "movq %c14(%%r13), %%xmm6\n movq %c15(%%r13), %%xmm7\n"
        "ret" ::"i"(G::kPinnedInts[0]),
        "i"(G::kPinnedInts[1]), "i"(G::kPinnedInts[2]), "i"(G::kPinnedInts[3]),
        "i"(G::kPinnedInts[4]), "i"(G::kPinnedInts[5]), "i"(G::kPinnedInts[6]),
        "i"(G::kPinnedInts[7]), "i"(G::kPinnedFloats[0]), "i"(G::kPinnedFloats[1]),
        "i"(G::kPinnedFloats[2]), "i"(G::kPinnedFloats[3]), "i"(G::kPinnedFloats[4]),
        "i"(G::kPinnedFloats[5]), "i"(G::kPinnedFloats[6]), "i"(G::kPinnedFloats[7]));
}
template <class G>
[[gnu::naked]] inline void store_pinned() {
    asm("mov %%rdi, %c0(%%r13)\n mov %%rsi, %c1(%%r13)\n"
        "mov %%r8, %c2(%%r13)\n mov %%r9, %c3(%%r13)\n"
        "mov %%r11, %c4(%%r13)\n mov %%r14, %c5(%%r13)\n"
        "mov %%rcx, %c6(%%r13)\n mov %%rdx, %c7(%%r13)\n"
        "movq %%xmm0, %c8(%%r13)\n movq %%xmm1, %c9(%%r13)\n"
        "movq %%xmm2, %c10(%%r13)\n movq %%xmm3, %c11(%%r13)\n"
        "movq %%xmm4, %c12(%%r13)\n movq %%xmm5, %c13(%%r13)\n"
        "movq %%xmm6, %c14(%%r13)\n movq %%xmm7, %c15(%%r13)\n"
        "ret" ::"i"(G::kPinnedInts[0]),
        "i"(G::kPinnedInts[1]), "i"(G::kPinnedInts[2]), "i"(G::kPinnedInts[3]),
        "i"(G::kPinnedInts[4]), "i"(G::kPinnedInts[5]), "i"(G::kPinnedInts[6]),
        "i"(G::kPinnedInts[7]), "i"(G::kPinnedFloats[0]), "i"(G::kPinnedFloats[1]),
        "i"(G::kPinnedFloats[2]), "i"(G::kPinnedFloats[3]), "i"(G::kPinnedFloats[4]),
        "i"(G::kPinnedFloats[5]), "i"(G::kPinnedFloats[6]), "i"(G::kPinnedFloats[7]));
}

// Enter of transfer.h: saves what a C++ caller keeps, and makes the frame. It has Enter's type,
// which clang's sanitizer checks at the call.
template <class G>
[[gnu::naked]] inline u64 enter_thunk(CpuState*, u64) {
    asm("push %%rbx\n push %%rbp\n push %%r12\n push %%r13\n push %%r14\n push %%r15\n"
        "sub %0, %%rsp\n"
        "mov %%rdi, %%r13\n"
        "mov %%rsi, %%rax\n"
        "mov %c1(%%r13), %%r12\n"
        "mov %c2(%%r13), %%r15\n"
        "mov %%rsp, %c4(%%rip)\n"
        "call %P3\n"
        "jmp *%%rax" ::"i"(kFrameBytes),
        "i"(offsetof(CpuState, budget)), "i"(offsetof(CpuState, native.memory)),
        "i"(load_pinned<G>), "i"(&current_frame));
}
// The end of what enter_thunk began.
template <class G>
[[gnu::naked]] inline void exit_thunk() {
    asm("call %P2\n"
        "mov %%r12, %c1(%%r13)\n"
        "add %0, %%rsp\n"
        "pop %%r15\n pop %%r14\n pop %%r13\n pop %%r12\n pop %%rbp\n pop %%rbx\n"
        "ret" ::"i"(kFrameBytes),
        "i"(offsetof(CpuState, budget)), "i"(store_pinned<G>));
}

// The same, where NativeState::exit says why.
template <class G>
[[gnu::naked]] inline void stored_exit() {
    asm("mov %c0(%%r13), %%rax\n"
        "jmp %P1" ::"i"(offsetof(CpuState, native.exit)),
        "i"(exit_thunk<G>));
}

// A helper sees all guest state. The scratch registers that C++ does not keep are saved here, with
// 64 bits of the floating-point ones, which is what a value has.
template <class G>
[[gnu::naked]] inline void helper_thunk() {
    asm("push %%rax\n push %%r10\n"
        "sub $64, %%rsp\n .cfi_adjust_cfa_offset 80\n"
        "movq %%xmm8, (%%rsp)\n movq %%xmm9, 8(%%rsp)\n"
        "movq %%xmm10, 16(%%rsp)\n movq %%xmm11, 24(%%rsp)\n"
        "movq %%xmm12, 32(%%rsp)\n movq %%xmm13, 40(%%rsp)\n"
        "movq %%xmm14, 48(%%rsp)\n movq %%xmm15, 56(%%rsp)\n"
        "call %P0\n"
        "mov %%r13, %%rdi\n"
        "call %P1\n"
        "test %%al, %%al\n"
        "call %P2\n"
        "mov %c3(%%r13), %%r15\n"
        "movq (%%rsp), %%xmm8\n movq 8(%%rsp), %%xmm9\n"
        "movq 16(%%rsp), %%xmm10\n movq 24(%%rsp), %%xmm11\n"
        "movq 32(%%rsp), %%xmm12\n movq 40(%%rsp), %%xmm13\n"
        "movq 48(%%rsp), %%xmm14\n movq 56(%%rsp), %%xmm15\n"
        "lea 64(%%rsp), %%rsp\n .cfi_adjust_cfa_offset -64\n"
        "pop %%r10\n pop %%rax\n"
        "ret" ::"i"(store_pinned<G>),
        "i"(SlowCalls<G>::helper), "i"(load_pinned<G>), "i"(offsetof(CpuState, native.memory)));
}

// Between the vector registers and the 256 bytes at rsp, a multiple of 16, in front of the return
// address.
[[gnu::naked]] inline void save_vectors() {
    asm("movaps %xmm0, 8(%rsp)\n movaps %xmm1, 24(%rsp)\n"
        "movaps %xmm2, 40(%rsp)\n movaps %xmm3, 56(%rsp)\n"
        "movaps %xmm4, 72(%rsp)\n movaps %xmm5, 88(%rsp)\n"
        "movaps %xmm6, 104(%rsp)\n movaps %xmm7, 120(%rsp)\n"
        "movaps %xmm8, 136(%rsp)\n movaps %xmm9, 152(%rsp)\n"
        "movaps %xmm10, 168(%rsp)\n movaps %xmm11, 184(%rsp)\n"
        "movaps %xmm12, 200(%rsp)\n movaps %xmm13, 216(%rsp)\n"
        "movaps %xmm14, 232(%rsp)\n movaps %xmm15, 248(%rsp)\n"
        "ret");
}
[[gnu::naked]] inline void restore_vectors() {
    asm("movaps 8(%rsp), %xmm0\n movaps 24(%rsp), %xmm1\n"
        "movaps 40(%rsp), %xmm2\n movaps 56(%rsp), %xmm3\n"
        "movaps 72(%rsp), %xmm4\n movaps 88(%rsp), %xmm5\n"
        "movaps 104(%rsp), %xmm6\n movaps 120(%rsp), %xmm7\n"
        "movaps 136(%rsp), %xmm8\n movaps 152(%rsp), %xmm9\n"
        "movaps 168(%rsp), %xmm10\n movaps 184(%rsp), %xmm11\n"
        "movaps 200(%rsp), %xmm12\n movaps 216(%rsp), %xmm13\n"
        "movaps 232(%rsp), %xmm14\n movaps 248(%rsp), %xmm15\n"
        "ret");
}

// Saves what the caller has to, as the C++ ABI has it, makes room for the pinned and scratch
// registers, and calls `kFunction` with the hart. Neither `lea` nor `pop` nor `ret` changes the
// flags. (The .cfi lines tell debuggers where rsp was.)
template <bool (*kFunction)(CpuState&) noexcept>
[[gnu::naked]] inline void slow_thunk() {
    asm("push %%rax\n push %%rcx\n push %%rdx\n push %%rsi\n push %%rdi\n"
        "push %%r8\n push %%r9\n push %%r10\n push %%r11\n"
        "sub $264, %%rsp\n .cfi_adjust_cfa_offset 336\n"
        "call %P1\n"
        "mov %%r13, %%rdi\n"
        "call %P0\n"
        "test %%al, %%al\n"
        "call %P2\n"
        "lea 264(%%rsp), %%rsp\n .cfi_adjust_cfa_offset -264\n"
        "pop %%r11\n pop %%r10\n pop %%r9\n pop %%r8\n"
        "pop %%rdi\n pop %%rsi\n pop %%rdx\n pop %%rcx\n pop %%rax\n"
        "ret" ::"i"(kFunction),
        "i"(save_vectors), "i"(restore_vectors));
}

// The same as a function (Form::kFunction): the hart is in rdi.
template <bool (*kFunction)(CpuState&) noexcept>
[[gnu::naked]] inline void slow_function() {
    asm("push %%rcx\n push %%rdx\n push %%rsi\n push %%rdi\n"
        "push %%r8\n push %%r9\n push %%r10\n"
        "sub $256, %%rsp\n .cfi_adjust_cfa_offset 312\n"
        "call %P1\n"
        "call %P0\n"
        "movzbl %%al, %%eax\n"
        "call %P2\n"
        "add $256, %%rsp\n .cfi_adjust_cfa_offset -256\n"
        "pop %%r10\n pop %%r9\n pop %%r8\n"
        "pop %%rdi\n pop %%rsi\n pop %%rdx\n pop %%rcx\n"
        "ret" ::"i"(kFunction),
        "i"(save_vectors), "i"(restore_vectors));
}

// The function of an access for data that goes through the TLB: looks there, as Tlb::index and
// Tlb::tag have it, before it calls kFunction. Uses rax and r11, as it may; rdx and rcx are kept.
// Behind this: r11 is the address, eax the size, rcx the TLB's row and rdx what the tag is to be.
[[gnu::naked]] inline void look_up_row() {
    asm("mov %c0(%%rdi), %%r11\n"
        "mov %c1(%%rdi), %%eax\n"
        "shr %2, %%eax\n and $63, %%eax\n"
        "lea -1(%%r11,%%rax), %%rdx\n"
        "and %3, %%rdx\n"
        "mov %%r11, %%rcx\n"
        "shr %4, %%rcx\n and %5, %%ecx\n"
        "add %c6(%%rdi), %%rcx\n"
        "ret" ::"i"(offsetof(CpuState, native.args)),
        "i"(offsetof(CpuState, native.args) + sizeof(u64)), "i"(kAccessBytesShift), "i"(kPageMask),
        "i"(kPageBits - 4), "i"((kTlbEntries - 1) << 4), "i"(offsetof(CpuState, native.memory)));
}
template <bool (*kFunction)(CpuState&) noexcept>
[[gnu::naked]] inline void load_function() {
    asm("push %%rcx\n push %%rdx\n"
        "call %P0\n"
        "cmp %c1(%%rcx), %%rdx\n jne 9f\n"
        "add %c2(%%rcx), %%r11\n"
        "cmp $4, %%eax\n ja 8f\n je 4f\n"
        "cmp $1, %%eax\n je 1f\n"
        "movzwl (%%r11), %%eax\n jmp 7f\n"
        "1: movzbl (%%r11), %%eax\n jmp 7f\n"
        "4: mov (%%r11), %%eax\n jmp 7f\n"
        "8: mov (%%r11), %%rax\n"
        "7: mov %%rax, %c3(%%rdi)\n"
        "pop %%rdx\n pop %%rcx\n"
        "mov $1, %%eax\n"
        "ret\n"
        "9: pop %%rdx\n pop %%rcx\n"
        "jmp %P4" ::"i"(look_up_row),
        "i"(offsetof(Tlb, load) + offsetof(TlbEntry, tag)),
        "i"(offsetof(Tlb, load) + offsetof(TlbEntry, addend)),
        "i"(offsetof(CpuState, native.result)), "i"(slow_function<kFunction>));
}
// Where the entry is marked as guarded the granule's byte decides.
template <bool (*kFunction)(CpuState&) noexcept>
[[gnu::naked]] inline void store_function() {
    asm("push %%rcx\n push %%rdx\n"
        "call %P0\n"
        "xor %c1(%%rcx), %%rdx\n"
        "add %c2(%%rcx), %%r11\n"
        "cmp %3, %%rdx\n ja 9f\n jb 2f\n"
        "mov %%r11, %%rdx\n shr %4, %%rdx\n"
        "add %c5(%%rdi), %%rdx\n"
        "cmpb $0, (%%rdx)\n jne 9f\n"
        "2: mov %c6(%%rdi), %%rcx\n"
        "cmp $4, %%eax\n ja 8f\n je 4f\n"
        "cmp $1, %%eax\n je 1f\n"
        "mov %%cx, (%%r11)\n jmp 7f\n"
        "1: mov %%cl, (%%r11)\n jmp 7f\n"
        "4: mov %%ecx, (%%r11)\n jmp 7f\n"
        "8: mov %%rcx, (%%r11)\n"
        "7: pop %%rdx\n pop %%rcx\n"
        "mov $1, %%eax\n"
        "ret\n"
        "9: pop %%rdx\n pop %%rcx\n"
        "jmp %P7" ::"i"(look_up_row),
        "i"(offsetof(Tlb, store) + offsetof(TlbEntry, tag)),
        "i"(offsetof(Tlb, store) + offsetof(TlbEntry, addend)), "i"(kTlbGuarded), "i"(kGranuleBits),
        "i"(offsetof(CpuState, native.granule_base)),
        "i"(offsetof(CpuState, native.args) + 2 * sizeof(u64)), "i"(slow_function<kFunction>));
}

// As slow_thunk, for a call that leaves by itself where its operation is not done: args[1] says
// how.
template <class G, bool (*kFunction)(CpuState&) noexcept>
[[gnu::naked]] inline void slow_or_leave_thunk() {
    asm("sub $8, %%rsp\n .cfi_adjust_cfa_offset 8\n"
        "call %P0\n"
        "lea 8(%%rsp), %%rsp\n .cfi_adjust_cfa_offset -8\n"
        "jz 1f\n"
        "ret\n"
        "1: add $8, %%rsp\n"
        "mov %c1(%%r13), %%rax\n"
        "jmp %P2" ::"i"(slow_thunk<kFunction>),
        "i"(offsetof(CpuState, native.args) + sizeof(u64)), "i"(exit_thunk<G>));
}

}  // namespace detail

template <class G>
Enter enter_of() noexcept {
    Enter enter = &detail::enter_thunk<G>;
    // Compilers must not know whom they call: they would draw conclusions from a function that
    // seems to use no arguments and to change no register.
    asm("" : "+r"(enter));
    return enter;
}

template <class G>
const Table& table_of() noexcept {
    using Slow = SlowCalls<G>;
    static const Table table = [] {
        Table addresses{};
        const auto set = [&](Symbol symbol, void (*thunk)(), void (*function)()) {
            addresses[table_index(symbol)] = reinterpret_cast<u64>(thunk);
            addresses[table_index(symbol, Form::kFunction)] = reinterpret_cast<u64>(function);
        };
        const auto set_slow = [&]<bool (*kFunction)(CpuState&) noexcept>(Symbol symbol) {
            set(symbol, &detail::slow_thunk<kFunction>, &detail::slow_function<kFunction>);
        };
        set(Symbol::kExit, &detail::exit_thunk<G>, &detail::stored_exit<G>);
        set(Symbol::kLoad, &detail::slow_thunk<&Slow::load>, &detail::load_function<&Slow::load>);
        set(Symbol::kStore, &detail::slow_thunk<&Slow::store>,
            &detail::store_function<&Slow::store>);
        set(Symbol::kLoadOrLeave, &detail::slow_or_leave_thunk<G, &Slow::load>, nullptr);
        set(Symbol::kStoreOrLeave, &detail::slow_or_leave_thunk<G, &Slow::store>, nullptr);
        set(Symbol::kLoadOutside, nullptr, &detail::slow_function<&Slow::load_outside>);
        set(Symbol::kStoreOutside, nullptr, &detail::slow_function<&Slow::store_outside>);
        set_slow.template operator()<&Slow::probe>(Symbol::kProbe);
        set_slow.template operator()<&Slow::load_reserved>(Symbol::kLoadReserved);
        set_slow.template operator()<&Slow::store_conditional>(Symbol::kStoreConditional);
        set_slow.template operator()<&Slow::atomic_rmw>(Symbol::kAtomic);
        set_slow.template operator()<&Slow::compare_and_swap>(Symbol::kCompareAndSwap);
        set_slow.template operator()<&Slow::floating>(Symbol::kFloat);
        set(Symbol::kHelper, &detail::helper_thunk<G>, &detail::slow_function<&Slow::helper>);
        return addresses;
    }();
    return table;
}

}  // namespace kiln::native
