// The instruction table and what is derived from it: identifiers, encodings, decoding.
#pragma once

#include <array>
#include <string_view>

#include "cpu/riscv/forms.h"
#include "cpu/riscv/isa.h"
#include "cpu/riscv/operands.h"

namespace kiln::riscv {

enum class InsnId : u16 {
#define INSN(id, ...) id,
#include "cpu/riscv/insns.inc"
#undef INSN
    kCount,
};
inline constexpr size_t kInsnCount = static_cast<size_t>(InsnId::kCount);

// Which XLEN a row is for.
enum class Width : u8 { kBoth, kRv32, kRv64 };

// Extensions that a row needs: all of the first set, one of the second unless it is empty, and none
// of the third.
struct Needs {
    u64 all;
    u64 any;
    u64 none;
};

// Properties of a row (bits).
enum Attr : u16 {
    kPlain = 0,
    kEnd = 1,      // ends the block
    kFp = 2,       // needs mstatus.FS, and may change floating-point state
    kFpRead = 4,   // needs mstatus.FS, changes nothing
    kShamt = 8,    // RV32 reserves bit 5 of the shift amount
    kNzImm = 16,   // immediate 0 is reserved
    kNzRd = 32,    // rd 0 is reserved
    kNzRs1 = 64,   // rs1 0 is reserved
    kNzRs2 = 128,  // rs2 0 belongs to another row
    kEndNzRs1 = kEnd | kNzRs1,
};

// One run of adjacent immediate bits: `width` bits at `from` of the encoding go to `to`.
struct ImmRun {
    u8 from;
    u8 width;
    u8 to;
};

// A register field of a picture; width 0: none. Width 3 is x8..x15.
struct Field {
    u8 shift;
    u8 width;
};

// A row with its picture worked out.
struct InsnInfo {
    std::string_view mnemonic;
    std::string_view meaning;  // the template's name, as the table has it
    Form form;
    Width xlen;
    Needs needs;
    u16 attrs;
    u8 length;  // bytes; 0 for what no encoding selects
    u32 mask;   // bits that the picture fixes
    u32 match;
    Field rd, rs1, rs2, rs3, rm;
    Field order;  // aq and rl
    std::array<ImmRun, 10> imm;
    u8 imm_runs;
    u8 imm_bits;  // highest weight + 1

    bool has(u16 attr) const { return (attrs & attr) != 0; }
    // Whether rd names an integer register.
    bool writes_x() const {
        return form.rd != kPictured || (form.syntax.find('d') != std::string_view::npos);
    }
};

const InsnInfo& insn_info(InsnId id);

// The first row for this XLEN that has the same meaning: `addi` for `c.li`. One handler serves all.
InsnId representative(InsnId id, unsigned xlen);

// What decoding depends on besides the bits.
struct DecodeMode {
    bool fs_off = false;   // mstatus.FS: floating point is illegal
    bool fs_dirty = true;  // floating-point writes need no bookkeeping
    u8 frm = 0;            // the dynamic rounding mode, replaced at decode
};

struct Insn {
    InsnId id;
    u8 length;  // bytes of the encoding; 0 for mark_dirty
    Operands operands;
};

// Whether the first 16 bits belong to a 32-bit encoding.
constexpr bool is_long_encoding(u32 bits) { return (bits & 3) == 3; }

// Decodes the encoding in `bits` (a 16-bit one: in the low half). What is reserved, disabled or
// unknown decodes as `illegal` with the raw bits as immediate.
Insn decode(u32 bits, const Isa& isa, const DecodeMode& mode);

// Puts operands into the encoding of `id`: the inverse of decode. `rm` fields are taken from
// operands.rm(), aq and rl from operands.order(). The immediate's bits that the form has no place
// for are dropped.
u32 encode(InsnId id, const Operands& operands);

}  // namespace kiln::riscv
