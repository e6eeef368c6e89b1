// Counting bits, and what else works on bits: with the host's instruction where it has one.
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;

void Lowering::count_zeros(u32 index) {
    const Inst& inst = block_.insts[index];
    const bool leading = inst.opcode == Opcode::clz;
    const unsigned bits = ir::bits_of(inst.type);
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const unsigned host_bits = bytes * 8;
    const x86::Gp from = values_.scratch();
    load_extended(from, inst.operands[0], false);
    const x86::Gp to = values_.define(index);
    const x86::Gp a = sized(from, bytes);
    const x86::Gp r = sized(to, bytes);
    // A bit above a narrow value stops the count there.
    if (!leading && bits < 32) a_.bts(from.r32(), bits);
    if (leading ? host_.lzcnt : host_.bmi1) {
        a_.emit(leading ? x86::Inst::kIdLzcnt : x86::Inst::kIdTzcnt, r, a);
    } else {
        // bsr and bsf say nothing of zero.
        const asmjit::Label done = a_.newLabel();
        const x86::Gp found = sized(values_.scratch(), bytes);
        a_.mov(r, leading ? 2 * host_bits - 1 : host_bits);
        a_.emit(leading ? x86::Inst::kIdBsr : x86::Inst::kIdBsf, found, a);
        a_.jz(done);
        a_.mov(r, found);
        a_.bind(done);
        if (leading) a_.xor_(r, host_bits - 1);
    }
    if (leading && bits < 32) a_.sub(r, 32 - bits);
}

void Lowering::population(u32 index) {
    const Inst& inst = block_.insts[index];
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const x86::Gp a = sized(values_.scratch(), bytes);
    load_extended(a, inst.operands[0], false);
    if (host_.popcnt) {
        const x86::Gp to = values_.define(index);
        a_.popcnt(sized(to, bytes), a);
        return;
    }
    // Sums of neighbouring fields, twice as wide each time; the product adds up the bytes.
    const x86::Gp b = sized(values_.scratch(), bytes);
    const x86::Gp wide_mask = sized(values_.scratch(), bytes);
    const auto mask = [&](u64 bits) {
        a_.mov(wide_mask, static_cast<i64>(bytes == 8 ? bits : bits & 0xffffffff));
    };
    mask(0x5555555555555555);
    a_.mov(b, a);
    a_.shr(b, 1);
    a_.and_(b, wide_mask);
    a_.sub(a, b);
    mask(0x3333333333333333);
    a_.mov(b, a);
    a_.and_(a, wide_mask);
    a_.shr(b, 2);
    a_.and_(b, wide_mask);
    a_.add(a, b);
    mask(0x0f0f0f0f0f0f0f0f);
    a_.mov(b, a);
    a_.shr(b, 4);
    a_.add(a, b);
    a_.and_(a, wide_mask);
    mask(0x0101010101010101);
    a_.imul(a, wide_mask);
    a_.shr(a, bytes * 8 - 8);
    const x86::Gp to = values_.define(index);
    a_.mov(to, a.r64());
}

void Lowering::swap_bytes(u32 index) {
    const Inst& inst = block_.insts[index];
    const x86::Gp to = values_.define_copy(index, inst.operands[0]);
    switch (inst.type) {
        case Type::kI8:
            return;
        case Type::kI16:
            return static_cast<void>(a_.rol(to.r16(), 8));
        case Type::kI32:
            return static_cast<void>(a_.bswap(to.r32()));
        default:
            a_.bswap(to);
    }
}

void Lowering::carryless(u32 index, bool high) {
    const Inst& inst = block_.insts[index];
    const unsigned bits = ir::bits_of(inst.type);
    const auto extended = [&](x86::Gp to, ValueId id) {
        load_extended(to, id, false);
        if (bits < 64) a_.mov(to.r32(), to.r32());
    };
    const x86::Gp a = values_.scratch();
    const x86::Gp b = values_.scratch();
    extended(a, inst.operands[0]);
    extended(b, inst.operands[1]);
    if (host_.clmul) {
        const x86::Xmm x = values_.scratch_xmm();
        const x86::Xmm y = values_.scratch_xmm();
        a_.movq(x, a);
        a_.movq(y, b);
        a_.pclmulqdq(x, y, 0);
        if (high && bits == 64) a_.psrldq(x, 8);
        a_.movq(a, x);
    } else {
        // Bit by bit: the product's upper half is collected and moves down into the lower one,
        // which takes the place of b.
        const x86::Gp sum = values_.scratch();
        const x86::Gp term = values_.scratch();
        const asmjit::Label next = a_.newLabel();
        const x86::Mem count = x86::dword_ptr(x86::rsp, native::kFrameBytes - 8);
        a_.xor_(sum.r32(), sum.r32());
        a_.mov(count, 64);
        a_.bind(next);
        a_.mov(term.r32(), b.r32());
        a_.and_(term.r32(), 1);
        a_.neg(term);
        a_.and_(term, a);
        a_.xor_(sum, term);
        a_.shr(sum, 1);
        a_.rcr(b, 1);
        a_.dec(count);
        a_.jnz(next);
        a_.mov(a, high && bits == 64 ? sum : b);
    }
    if (high && bits < 64) a_.shr(a, bits);
    // The loop took all the registers that there are.
    values_.unlock();
    const x86::Gp to = values_.define(index);
    a_.mov(operand_sized(to, inst.type), operand_sized(a, inst.type));
}

}  // namespace kiln::asmjit_backend
