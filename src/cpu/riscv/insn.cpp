#include "cpu/riscv/insn.h"

#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace kiln::riscv {
namespace {

constexpr Needs all_of(std::initializer_list<Ext> list) {
    Needs needs{};
    for (Ext ext : list) needs.all |= ext_bit(ext);
    return needs;
}
constexpr Needs any_of(std::initializer_list<Ext> list) { return {0, all_of(list).all, 0}; }
constexpr Needs none_of(std::initializer_list<Ext> list) { return {0, 0, all_of(list).all}; }

namespace needs {
constexpr Needs kBase{};
constexpr Needs kZicsr = all_of({Ext::kZicsr});
constexpr Needs kZifencei = all_of({Ext::kZifencei});
constexpr Needs kZihintpause = all_of({Ext::kZihintpause});
constexpr Needs kM = all_of({Ext::kM});
constexpr Needs kA = all_of({Ext::kA});
constexpr Needs kF = all_of({Ext::kF});
constexpr Needs kD = all_of({Ext::kD});
constexpr Needs kZfh = all_of({Ext::kZfh});
constexpr Needs kZfhAndD = all_of({Ext::kZfh, Ext::kD});
constexpr Needs kC = all_of({Ext::kC});
constexpr Needs kNoC = none_of({Ext::kC});
constexpr Needs kCAndF = all_of({Ext::kC, Ext::kF});
constexpr Needs kCAndD = all_of({Ext::kC, Ext::kD});
constexpr Needs kZba = all_of({Ext::kZba});
constexpr Needs kZbb = all_of({Ext::kZbb});
constexpr Needs kZbbOrZbkb = any_of({Ext::kZbb, Ext::kZbkb});
constexpr Needs kZbc = all_of({Ext::kZbc});
constexpr Needs kZbkb = all_of({Ext::kZbkb});
constexpr Needs kZbkx = all_of({Ext::kZbkx});
constexpr Needs kZbs = all_of({Ext::kZbs});
constexpr Needs kZicond = all_of({Ext::kZicond});
constexpr Needs kZicbom = all_of({Ext::kZicbom});
constexpr Needs kZicbop = all_of({Ext::kZicbop});
constexpr Needs kZicboz = all_of({Ext::kZicboz});
constexpr Needs kZawrs = all_of({Ext::kZawrs});
constexpr Needs kSvinval = all_of({Ext::kSvinval});
}  // namespace needs

// Reads the immediate layout "12|10:5|4:1|11" as a list of bit weights.
struct Weights {
    std::array<u8, 32> of{};  // in the order of the picture
    u8 count = 0;
};
consteval Weights parse_weights(std::string_view layout) {
    Weights weights;
    size_t at = 0;
    auto number = [&] {
        int value = 0;
        while (at < layout.size() && layout[at] >= '0' && layout[at] <= '9')
            value = value * 10 + (layout[at++] - '0');
        return value;
    };
    while (at < layout.size()) {
        const int high = number();
        int low = high;
        if (at < layout.size() && layout[at] == ':') {
            ++at;
            low = number();
        }
        for (int bit = high; bit >= low; --bit) weights.of[weights.count++] = static_cast<u8>(bit);
        if (at < layout.size() && layout[at++] != '|') throw std::logic_error("immediate layout");
    }
    return weights;
}

consteval void widen(Field& field, unsigned bit) {
    if (field.width != 0 && field.shift != bit + 1) throw std::logic_error("field is split");
    field.shift = static_cast<u8>(bit);
    ++field.width;
}

consteval void add_imm_bit(InsnInfo& info, unsigned bit, u8 weight) {
    if (info.imm_runs != 0) {
        ImmRun& run = info.imm[info.imm_runs - 1u];
        if (run.from == bit + 1 && run.to == weight + 1) {
            run.from = static_cast<u8>(bit);
            run.to = weight;
            ++run.width;
            return;
        }
    }
    info.imm[info.imm_runs++] = {static_cast<u8>(bit), 1, weight};
}

// A syntax that names a register which neither the picture nor the form supplies, or an immediate
// whose bits do not match the layout, does not compile.
consteval void check(const InsnInfo& info, unsigned imm_bits, unsigned weights) {
    auto supplied = [](const Field& field, i8 implied) {
        return field.width != 0 || implied != kPictured;
    };
    for (char letter : info.form.syntax) {
        const bool ok = (letter == 'd' || letter == 'D')   ? supplied(info.rd, info.form.rd)
                        : (letter == 't' || letter == 'T') ? supplied(info.rs2, info.form.rs2)
                        : (letter == 's' || letter == 'S' || letter == 'z')
                            ? supplied(info.rs1, info.form.rs1) || info.form.rs1_is_rd
                        : letter == 'R' ? info.rs3.width == 5
                        : letter == 'm' ? info.rm.width == 3
                                        : true;
        if (!ok) throw std::logic_error("syntax names an operand that the picture lacks");
    }
    if (imm_bits != weights) throw std::logic_error("immediate bits differ from the layout");
}

consteval InsnInfo work_out(std::string_view mnemonic, std::string_view picture, Form form,
                            Width xlen, Needs needs, u16 attrs, std::string_view meaning) {
    InsnInfo info{};
    info.mnemonic = mnemonic;
    info.meaning = meaning;
    info.form = form;
    info.xlen = xlen;
    info.needs = needs;
    info.attrs = attrs;
    unsigned bits = 0;
    for (char c : picture) bits += c != ' ';
    if (bits != 0 && bits != 16 && bits != 32) throw std::logic_error("picture's length");
    info.length = static_cast<u8>(bits / 8);
    if (bits == 0) return info;
    const Weights weights = parse_weights(form.imm);
    unsigned imm_bits = 0;
    unsigned bit = bits;
    for (char c : picture) {
        if (c == ' ') continue;
        --bit;
        switch (c) {
            case '0':
            case '1':
                info.mask |= 1u << bit;
                info.match |= (c == '1' ? 1u : 0u) << bit;
                break;
            case 'd':
            case 'D':
                widen(info.rd, bit);
                break;
            case 's':
            case 'S':
                widen(info.rs1, bit);
                break;
            case 't':
            case 'T':
                widen(info.rs2, bit);
                break;
            case 'r':
                widen(info.rs3, bit);
                break;
            case 'm':
                widen(info.rm, bit);
                break;
            case 'i': {
                const u8 weight = weights.of[imm_bits++];
                add_imm_bit(info, bit, weight);
                if (weight >= info.imm_bits) info.imm_bits = static_cast<u8>(weight + 1);
                break;
            }
            case 'q':
            case 'l':
                widen(info.order, bit);
                break;
            case '.':
                break;
            default:
                throw std::logic_error("unknown letter in a picture");
        }
    }
    check(info, imm_bits, weights.count);
    return info;
}

constexpr std::array<InsnInfo, kInsnCount> kInsns = [] {
    using namespace form;
    using namespace needs;
    using enum Width;
    return std::array<InsnInfo, kInsnCount>{
#define INSN(id, mnemonic, picture, form, xlen, ext, attrs, ...) \
    work_out(mnemonic, picture, form, xlen, ext, attrs, #__VA_ARGS__),
#include "cpu/riscv/insns.inc"
#undef INSN
    };
}();

// Rows that may match an encoding, found by the bits that every picture fixes: for 32-bit
// encodings the major opcode and funct3, for 16-bit ones the quadrant and funct3.
class Buckets {
  public:
    Buckets() {
        for (u32 key = 0; key < kLong; ++key)
            fill(key, 4, 0x707f, (key >> 5) << 12 | (key & 31) << 2 | 3);
        for (u32 key = 0; key < kShort; ++key)
            fill(kLong + key, 2, 0xe003, (key >> 2) << 13 | (key & 3));
    }

    const std::vector<InsnId>& find(u32 bits) const {
        if (is_long_encoding(bits)) return rows_[(bits >> 12 & 7) << 5 | (bits >> 2 & 31)];
        return rows_[kLong + ((bits >> 13 & 7) << 2 | (bits & 3))];
    }

  private:
    static constexpr u32 kLong = 256;
    static constexpr u32 kShort = 32;

    void fill(u32 bucket, unsigned length, u32 key_mask, u32 key) {
        for (size_t i = 0; i < kInsnCount; ++i) {
            const InsnInfo& info = kInsns[i];
            if (info.length == length && ((info.match ^ key) & info.mask & key_mask) == 0)
                rows_[bucket].push_back(static_cast<InsnId>(i));
        }
    }

    std::array<std::vector<InsnId>, kLong + kShort> rows_;
};

bool has_width(const InsnInfo& info, unsigned xlen) {
    return info.xlen == Width::kBoth || (info.xlen == Width::kRv32) == (xlen == 32);
}

bool available(const InsnInfo& info, const Isa& isa) {
    if (!has_width(info, isa.xlen)) return false;
    return (isa.extensions & info.needs.all) == info.needs.all &&
           (isa.extensions & info.needs.none) == 0 &&
           (info.needs.any == 0 || (isa.extensions & info.needs.any) != 0);
}

u8 extract(u32 bits, Field field) {
    const u32 value = bits >> field.shift & ((1u << field.width) - 1);
    return static_cast<u8>(field.width == 3 ? value + 8 : value);
}

i32 extract_imm(u32 bits, const InsnInfo& info) {
    u32 imm = 0;
    for (u8 i = 0; i < info.imm_runs; ++i) {
        const ImmRun& run = info.imm[i];
        imm |= (bits >> run.from & static_cast<u32>((u64{1} << run.width) - 1)) << run.to;
    }
    if (info.form.imm_signed) {
        const u32 unused = 32u - info.imm_bits;
        return static_cast<i32>(imm << unused) >> unused;
    }
    return static_cast<i32>(imm);
}

Operands extract_operands(u32 bits, const InsnInfo& info) {
    Operands operands;
    const Form& form = info.form;
    if (info.rd.width != 0) operands.rd = extract(bits, info.rd);
    if (info.rs1.width != 0) operands.rs1 = extract(bits, info.rs1);
    if (info.rs2.width != 0) operands.rs2 = extract(bits, info.rs2);
    if (form.rd != kPictured) operands.rd = static_cast<u8>(form.rd);
    if (form.rs1 != kPictured) operands.rs1 = static_cast<u8>(form.rs1);
    if (form.rs2 != kPictured) operands.rs2 = static_cast<u8>(form.rs2);
    if (form.rs1_is_rd) operands.rs1 = operands.rd;
    operands.imm = extract_imm(bits, info);
    if (info.order.width != 0) operands.imm = extract(bits, info.order);
    return operands;
}

bool reserved(const InsnInfo& info, const Operands& operands, const Isa& isa) {
    return (info.has(kShamt) && isa.xlen == 32 && (operands.imm & 32) != 0) ||
           (info.has(kNzImm) && operands.imm == 0) || (info.has(kNzRd) && operands.rd == 0) ||
           (info.has(kNzRs1) && operands.rs1 == 0) || (info.has(kNzRs2) && operands.rs2 == 0);
}

// Resolves the rounding mode; false for a reserved one.
bool set_rounding(u32 bits, const InsnInfo& info, const DecodeMode& mode, Operands& operands) {
    u32 rm = bits >> info.rm.shift & 7;
    if (rm == 7) rm = mode.frm;
    if (rm > 4) return false;
    const u32 rs3 = info.rs3.width != 0 ? extract(bits, info.rs3) : 0;
    operands.imm = static_cast<i32>(rs3 | rm << 8);
    return true;
}

Insn illegal(u32 bits) {
    const bool is_long = is_long_encoding(bits);
    Operands operands;
    operands.imm = static_cast<i32>(is_long ? bits : bits & 0xffff);
    return {InsnId::illegal, static_cast<u8>(is_long ? 4 : 2), operands};
}

}  // namespace

const InsnInfo& insn_info(InsnId id) { return kInsns[static_cast<size_t>(id)]; }

InsnId representative(InsnId id, unsigned xlen) {
    using Rows = std::array<InsnId, kInsnCount>;
    auto work_out_rows = [](unsigned width) {
        Rows rows{};
        std::unordered_map<std::string_view, InsnId> first;
        for (size_t i = 0; i < kInsnCount; ++i) {
            const auto row = static_cast<InsnId>(i);
            if (has_width(kInsns[i], width))
                rows[i] = first.try_emplace(kInsns[i].meaning, row).first->second;
        }
        return rows;
    };
    static const Rows rows32 = work_out_rows(32);
    static const Rows rows64 = work_out_rows(64);
    return (xlen == 32 ? rows32 : rows64)[static_cast<size_t>(id)];
}

Insn decode(u32 bits, const Isa& isa, const DecodeMode& mode) {
    static const Buckets buckets;
    for (InsnId id : buckets.find(bits)) {
        const InsnInfo& info = insn_info(id);
        if ((bits & info.mask) != info.match || !available(info, isa)) continue;
        Operands operands = extract_operands(bits, info);
        if (reserved(info, operands, isa)) continue;
        if (info.has(kFp | kFpRead)) {
            if (mode.fs_off) return illegal(bits);
            if (info.rm.width != 0 && !set_rounding(bits, info, mode, operands))
                return illegal(bits);
            if (info.has(kFp) && !mode.fs_dirty) return {InsnId::mark_dirty, 0, {}};
        }
        if (info.writes_x() && operands.rd == 0) operands.rd = kNoRd;
        return {id, info.length, operands};
    }
    return illegal(bits);
}

u32 encode(InsnId id, const Operands& operands) {
    const InsnInfo& info = insn_info(id);
    u32 bits = info.match;
    auto put = [&](Field field, u32 value) {
        bits |= (value & ((1u << field.width) - 1)) << field.shift;
    };
    put(info.rd, operands.rd == kNoRd ? 0u : operands.rd);
    put(info.rs1, operands.rs1);
    put(info.rs2, operands.rs2);
    if (info.rm.width != 0) {
        put(info.rs3, operands.rs3());
        put(info.rm, static_cast<u32>(operands.rm()));
    }
    if (info.order.width != 0) put(info.order, static_cast<u32>(operands.order()));
    const u32 imm = static_cast<u32>(operands.imm);
    for (u8 i = 0; i < info.imm_runs; ++i) {
        const ImmRun& run = info.imm[i];
        bits |= (imm >> run.to & static_cast<u32>((u64{1} << run.width) - 1)) << run.from;
    }
    return bits;
}

}  // namespace kiln::riscv
