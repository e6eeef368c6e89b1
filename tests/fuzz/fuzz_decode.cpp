// Decoder, encoder, disassembler and assembler against each other. An input is an ISA, a mode, a
// line for the assembler and a list of encodings.
#include <cstdint>
#include <string>

#include "cpu/riscv/assemble.h"
#include "cpu/riscv/disassemble.h"
#include "cpu/riscv/insn.h"
#include "fuzz/pick_encoding.h"
#include "fuzz/require.h"

namespace kiln::riscv {
namespace {

constexpr u32 kDynamicRm = 7;

u32 field_mask(Field field) { return ((1u << field.width) - 1) << field.shift; }

// The bits of an encoding that have a meaning.
u32 meant(const InsnInfo& info) {
    u32 bits = info.mask;
    for (Field field : {info.rd, info.rs1, info.rs2, info.rs3, info.rm, info.order})
        bits |= field_mask(field);
    for (u8 i = 0; i < info.imm_runs; ++i)
        bits |= static_cast<u32>((u64{1} << info.imm[i].width) - 1) << info.imm[i].from;
    return bits;
}

bool same(const Insn& a, const Insn& b) {
    return a.id == b.id && a.length == b.length && a.operands.imm == b.operands.imm &&
           a.operands.rd == b.operands.rd && a.operands.rs1 == b.operands.rs1 &&
           a.operands.rs2 == b.operands.rs2;
}

u32 own_bits(u32 bits) { return is_long_encoding(bits) ? bits : bits & 0xffff; }

// One encoding under one ISA and mode.
struct Check {
    u32 bits;
    const Isa& isa;

    void require(bool holds, const char* promise) const {
        if (!holds) std::fprintf(stderr, "%08x in %s\n", bits, isa.to_string().c_str());
        kiln::require(holds, promise);
    }

    void decoding(const DecodeMode& mode) const;
    void row(const InsnInfo& info, const DecodeMode& mode) const;
    void round_trip(const Insn& insn, const DecodeMode& mode) const;
    void text(u64 pc) const;
    bool can_be_written(const Insn& insn, const DecodeMode& mode) const;
};

// Whether operands alone say which row is meant. A fence that only differs from pause in bits
// that are to be ignored is a fence, but without these bits it is written as pause is.
bool Check::can_be_written(const Insn& insn, const DecodeMode& mode) const {
    return decode(bits & meant(insn_info(insn.id)), isa, mode).id == insn.id;
}

void Check::row(const InsnInfo& info, const DecodeMode& mode) const {
    require((bits & info.mask) == info.match, "the row's picture fits");
    require(info.length == (is_long_encoding(bits) ? 4 : 2), "the row has the encoding's length");
    require(info.xlen == Width::kBoth || (info.xlen == Width::kRv32) == (isa.xlen == 32),
            "the row is of this XLEN");
    require((info.needs.all & ~isa.extensions) == 0 && (info.needs.none & isa.extensions) == 0 &&
                (info.needs.any == 0 || (info.needs.any & isa.extensions) != 0),
            "the ISA has what the row needs");
    require(!mode.fs_off || !info.has(kFp | kFpRead), "no floating point while FS is off");
}

void Check::round_trip(const Insn& insn, const DecodeMode& mode) const {
    const InsnInfo& info = insn_info(insn.id);
    const Operands& o = insn.operands;
    require(o.rd <= kNoRd && o.rs1 < 32 && o.rs2 < 32, "registers are in range");
    require(info.rm.width == 0 || static_cast<u32>(o.rm()) <= 4, "the rounding mode is resolved");
    const u32 again = encode(insn.id, o);
    require(same(decode(again, isa, mode), insn), "decode undoes encode");
    u32 kept = meant(info);
    if (info.rm.width != 0 && (bits >> info.rm.shift & 7) == kDynamicRm)
        kept &= ~field_mask(info.rm);
    require(((again ^ bits) & kept) == 0, "encode undoes decode");
}

void Check::decoding(const DecodeMode& mode) const {
    const Insn insn = decode(bits, isa, mode);
    require(same(decode(own_bits(bits), isa, mode), insn), "bits behind the encoding do not count");
    if (insn.id == InsnId::mark_dirty) {
        require(insn.length == 0 && !mode.fs_dirty && !mode.fs_off, "only before FS is Dirty");
        DecodeMode dirty = mode;
        dirty.fs_dirty = true;
        const Insn behind = decode(bits, isa, dirty);
        require(behind.length != 0 && insn_info(behind.id).has(kFp), "before floating point only");
        decoding(dirty);
        return;
    }
    require(insn.length == (is_long_encoding(bits) ? 4 : 2), "the length is the encoding's");
    if (insn.id == InsnId::illegal) {
        require(static_cast<u32>(insn.operands.imm) == own_bits(bits), "illegal: the raw bits");
        return;
    }
    const InsnInfo& info = insn_info(insn.id);
    row(info, mode);
    if (can_be_written(insn, mode)) round_trip(insn, mode);
}

void Check::text(u64 pc) const {
    const Insn insn = decode(bits, isa, {});
    const bool legal = insn.id != InsnId::illegal;
    if (legal && !can_be_written(insn, {})) return;
    const std::string line = disassemble(bits, pc, isa);
    std::string error;
    const auto again = assemble(line, isa, pc, error);
    if (!again) std::fprintf(stderr, "%s\n", error.c_str());
    require(again.has_value(), "assemble takes what disassemble prints");
    const u32 kept = legal ? meant(insn_info(insn.id)) : ~0u;
    const bool restored = ((again->bits ^ own_bits(bits)) & kept) == 0;
    if (!restored) std::fprintf(stderr, "%s: %08x\n", line.c_str(), again->bits);
    require(restored, "assemble undoes disassemble");
    require(again->length == insn.length, "with the same length");
}

Isa pick_isa(FuzzedDataProvider& data) {
    const Isa any{data.ConsumeBool() ? 32u : 64u, data.ConsumeIntegral<u64>() & every_extension()};
    const Isa closed = Isa::parse(any.to_string());
    const Isa again = Isa::parse(closed.to_string());
    require((any.extensions & ~closed.extensions) == 0, "parse keeps what is named");
    require(again.xlen == closed.xlen && again.extensions == closed.extensions,
            "parse undoes to_string");
    return data.ConsumeBool() ? any : closed;
}

void fuzz(FuzzedDataProvider& data) {
    const Isa isa = pick_isa(data);
    const DecodeMode mode{.fs_off = data.ConsumeBool(),
                          .fs_dirty = data.ConsumeBool(),
                          .frm = data.ConsumeIntegralInRange<u8>(0, 7)};
    const u64 any_pc = data.ConsumeIntegral<u64>() & ~u64{1};
    const u64 pc = isa.xlen == 32 ? static_cast<u32>(any_pc) : any_pc;
    std::string error;
    assemble(data.ConsumeRandomLengthString(64), isa, pc, error);
    while (data.remaining_bytes() != 0) {
        const Check check{pick_encoding(data), isa};
        check.decoding(mode);
        check.text(pc);
    }
}

}  // namespace
}  // namespace kiln::riscv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    FuzzedDataProvider data(bytes, size);
    kiln::riscv::fuzz(data);
    return 0;
}
