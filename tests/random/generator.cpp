#include "generator.h"

#include <algorithm>

#include "values.h"

namespace kiln::random_test {
namespace {

using riscv::Insn;
using riscv::InsnId;
using riscv::InsnInfo;
using riscv::Operands;

constexpr u8 kStackPointer = 2;
constexpr unsigned kDynamic = 7;
constexpr u32 kFflags = 1;
constexpr u32 kFcsr = 3;

bool takes(const InsnInfo& info, char letter) {
    return info.form.syntax.find(letter) != std::string_view::npos;
}

bool is_memory(const InsnInfo& info) {
    return info.form.syntax.find("(s)") != std::string_view::npos;
}

u32 immediate_mask(const InsnInfo& info) {
    u64 mask = 0;
    for (u8 i = 0; i < info.imm_runs; ++i)
        mask |= ((u64{1} << info.imm[i].width) - 1) << info.imm[i].to;
    return static_cast<u32>(mask);
}

}  // namespace

Generator::Generator(const GeneratorOptions& options, u64 seed)
    : options_(options), rng_(seed), rows_(rows_by_group(options.isa)) {
    rows_[static_cast<size_t>(Group::kAnyBits)].push_back(InsnId::illegal);
    for (size_t i = 0; i < kGroups; ++i)
        if (!rows_[i].empty()) total_weight_ += options_.profile->weights[i];
}

Sequence Generator::next() {
    sequence_ = {};
    written_ = 0;
    claimed_ = 1;
    jumps_.clear();
    make_registers();
    const auto length = static_cast<size_t>(rng_.between(1, options_.max_length));
    while (sequence_.code.size() < length) {
        if (options_.loops && rng_.percent(8))
            close_loop();
        else
            make_instruction();
    }
    resolve_jumps();
    return sequence_;
}

void Generator::make_registers() {
    const bool has_double = options_.isa.has(riscv::Ext::kD);
    const unsigned width = has_double ? 8 : 4;
    const auto random_format = [&] {
        return has_double ? rng_.pick({kHalf, kSingle, kDouble}) : rng_.pick({kHalf, kSingle});
    };
    const FloatFormat format = random_format();
    favourite_float_ = format.bits() == 16   ? Group::kHalf
                       : format.bits() == 32 ? Group::kSingle
                                             : Group::kDouble;
    const FloatTaste taste = random_taste(rng_, format);
    for (u8& favourite : favourites_) favourite = static_cast<u8>(rng_.below(32));
    for (Value& x : sequence_.x)
        x.offset = rng_.percent(75) ? random_integer(rng_) : random_float(rng_, taste);
    for (u64& f : sequence_.f)
        f = random_f_register(rng_, width,
                              rng_.percent(85) ? taste : random_taste(rng_, random_format()));
    sequence_.fcsr = static_cast<u32>(random_frm() << 5 | (rng_.percent(20) ? rng_.below(32) : 0));
    sequence_.fs = rng_.percent(97) ? static_cast<u8>(rng_.between(1, 3)) : 0;

    pointers_ = {kStackPointer, static_cast<u8>(rng_.between(8, 15)),
                 static_cast<u8>(rng_.between(1, 31))};
    atomic_pointer_ = static_cast<u8>(rng_.between(16, 31));
    sequence_.x[atomic_pointer_] = {Base::kWindow, kWindowMiddle + 8 * rng_.below(4)};
    claimed_ |= 1u << atomic_pointer_;
    for (u8 pointer : pointers_) {
        i64 offset = rng_.percent(60) ? 8 * rng_.between(-8, 8) : rng_.between(-20, 20);
        if (rng_.percent(4)) offset += rng_.pick({-0x1000, 0x1000});
        sequence_.x[pointer] = {Base::kWindow, kWindowMiddle + static_cast<u64>(offset)};
        claimed_ |= 1u << pointer;
    }
    if (options_.code_pointers && rng_.percent(40))
        sequence_.x[pointers_[2]] = {Base::kCode, rng_.below(4 * options_.max_length)};
    loop_counter_ = options_.loops ? static_cast<u8>(rng_.between(3, 7)) : u8{0};
    if ((claimed_ >> loop_counter_ & 1) != 0) loop_counter_ = 0;
    if (loop_counter_ == 0) return;
    sequence_.x[loop_counter_] = {Base::kNone, static_cast<u64>(rng_.between(2, 60))};
    claimed_ |= 1u << loop_counter_;
}

Group Generator::random_group() {
    u64 ticket = rng_.below(total_weight_);
    for (size_t i = 0; i < kGroups; ++i) {
        if (rows_[i].empty()) continue;
        const unsigned weight = options_.profile->weights[i];
        if (ticket < weight) return static_cast<Group>(i);
        ticket -= weight;
    }
    return Group::kInteger;
}

void Generator::make_instruction() {
    while (true) {
        Group group = random_group();
        const bool arithmetic =
            group == Group::kSingle || group == Group::kDouble || group == Group::kHalf;
        // The format that the registers hold.
        if (arithmetic && rng_.percent(70) && !rows_[static_cast<size_t>(favourite_float_)].empty())
            group = favourite_float_;
        if (!(group == Group::kAnyBits ? try_any_bits() : try_row(group))) continue;
        if (arithmetic && rng_.percent(35)) read_flags();
        return;
    }
}

// Keeps the flags of single instructions apart: one that is raised hides the next.
void Generator::read_flags() {
    Operands operands;
    operands.rd = static_cast<u8>(rng_.between(1, 31));
    operands.imm = static_cast<i32>(kFflags);
    append(InsnId::csrrw, operands, encode(InsnId::csrrw, operands));
}

// Counts down and jumps back while there is something left.
void Generator::close_loop() {
    if (loop_counter_ == 0) return make_instruction();
    Operands operands;
    operands.rd = operands.rs1 = loop_counter_;
    operands.imm = -1;
    const u32 count = encode(InsnId::addi, operands);
    sequence_.code.push_back({count, 4, count, InsnId::addi});
    operands = {};
    operands.rs1 = loop_counter_;
    const u32 branch = encode(InsnId::bne, operands);
    jumps_.push_back({sequence_.code.size(), operands, true});
    sequence_.code.push_back({branch, 4, branch, InsnId::bne});
}

bool Generator::try_row(Group group) {
    const std::vector<InsnId>& rows = rows_[static_cast<size_t>(group)];
    const InsnId id = rows[rng_.below(rows.size())];
    const InsnInfo& info = insn_info(id);
    Operands operands = random_operands(info, group);
    if (flow_of(id) != Flow::kNone) {
        const bool aimed = aim_jump(id, operands);
        return aimed && append(id, operands, encode(id, operands));
    }
    if (is_memory(info)) aim(info, operands);
    u32 bits = encode(id, operands);
    if (info.order.width != 0) bits |= static_cast<u32>(rng_.below(4)) << info.order.shift;
    return append(id, operands, bits);
}

// Random bits, or a row with some of its bits turned.
bool Generator::try_any_bits() {
    u32 bits = static_cast<u32>(rng_.bits());
    if (rng_.percent(60)) {
        InsnId id;
        do {
            id = static_cast<InsnId>(rng_.below(riscv::kInsnCount));
        } while (insn_info(id).length == 0);
        const u32 fixed = insn_info(id).mask;
        bits = (bits & ~fixed) | insn_info(id).match;
        for (u64 turned = rng_.below(3); turned > 0; --turned) bits ^= 1u << rng_.below(32);
    }
    if (rng_.percent(50)) bits |= 3;
    if (!riscv::is_long_encoding(bits)) bits &= 0xffff;
    return append(InsnId::illegal, {}, bits);
}

// Takes an encoding into the sequence, unless it would jump where nobody aimed it.
bool Generator::append(InsnId id, const Operands& operands, u32 bits) {
    const Insn insn = decode(bits, options_.isa, {});
    const Insn widest = decode(bits, riscv::Isa::everything(options_.isa.xlen), {});
    const bool stray_jump = flow_of(insn.id) != flow_of(id) || flow_of(widest.id) != flow_of(id);
    if (stray_jump && !(options_.loops && id == InsnId::illegal)) return false;
    // An atomic that nobody aimed is misaligned.
    const bool stray = id == InsnId::illegal && group_of(insn.id) == Group::kAtomic;
    if ((is_rare(insn.id) || stray) && !rng_.percent(4)) return false;
    const bool reserved = insn.id == InsnId::illegal && id != InsnId::illegal;
    if (reserved && !rng_.percent(10)) return false;
    const u8 length = riscv::is_long_encoding(bits) ? 4 : 2;
    if (length == 2 && !options_.isa.has(riscv::Ext::kC)) return false;
    if (insn_info(insn.id).writes_x() && insn.operands.rd < 32) {
        if (insn.operands.rd == atomic_pointer_ && !rng_.percent(3)) return false;
        if (loop_counter_ != 0 && insn.operands.rd == loop_counter_) return false;
        written_ |= 1u << insn.operands.rd;
    }
    if (flow_of(id) != Flow::kNone) jumps_.push_back({sequence_.code.size(), operands, false});
    sequence_.code.push_back({bits, length, bits, insn.id});
    return true;
}

Operands Generator::random_operands(const InsnInfo& info, Group group) {
    Operands operands;
    operands.rd = random_register(info.rd);
    operands.rs1 = random_register(info.rs1);
    operands.rs2 = random_register(info.rs2);
    // What points into the window is wanted later.
    if (info.writes_x() && (claimed_ >> operands.rd & 1) != 0 && rng_.percent(80))
        operands.rd = random_register(info.rd);
    operands.imm = random_imm(info);
    if (takes(info, 'c')) operands.imm = static_cast<i32>(random_csr(group));
    if (info.rm.width != 0)
        operands.imm = static_cast<i32>(random_register() | random_rounding() << 8);
    return operands;
}

// Points a load, store or atomic into the window.
void Generator::aim(const InsnInfo& info, Operands& operands) {
    // Atomics must be aligned to do anything.
    if (info.order.width != 0 && rng_.percent(99)) {
        operands.rs1 = atomic_pointer_;
        return;
    }
    if (rng_.percent(5)) return;
    if (info.rs1.width != 0) {
        const u8 pointer = pointers_[rng_.below(pointers_.size())];
        operands.rs1 = info.rs1.width == 3 ? pointers_[1] : pointer;
    }
    if (!info.form.imm_signed || rng_.percent(15)) return;
    const Value& base = sequence_.x[operands.rs1];
    if (base.base == Base::kCode && info.imm_bits >= 12) {
        operands.imm = static_cast<i32>(rng_.between(-32, 32));
        return;
    }
    const i64 from = static_cast<i64>(base.offset - kWindowMiddle);
    i64 to = rng_.between(-96, 96);
    if (rng_.percent(50)) to &= ~i64{7};
    if (rng_.percent(20)) to = rng_.between(-8, 0);  // across the boundary
    if (rng_.percent(3)) to += rng_.pick({-0x1000, 0x1000});
    if (base.base == Base::kWindow && to - from >= -2048 && to - from < 2048)
        operands.imm = static_cast<i32>(to - from);
}

// Finds a jump its target register; false: there is none.
bool Generator::aim_jump(InsnId id, Operands& operands) {
    if (flow_of(id) != Flow::kRegister) return true;
    const u32 taken = written_ | claimed_;
    if (taken == ~u32{0}) return false;
    u8 pointer = 0;
    while ((taken >> pointer & 1) != 0) pointer = static_cast<u8>(rng_.below(32));
    claimed_ |= 1u << pointer;
    operands.rs1 = pointer;
    if (insn_info(id).imm_runs == 0) operands.imm = 0;
    return true;
}

// The index of the instruction that a jump leads to.
size_t Generator::random_target(const Jump& jump) {
    const bool conditional = takes(insn_info(sequence_.code[jump.at].id), 's') &&
                             flow_of(sequence_.code[jump.at].id) == Flow::kRelative;
    if (jump.back || (options_.loops && rng_.percent(conditional ? 40 : 10)))
        return rng_.below(jump.at + 1);
    return jump.at + 1 + rng_.below(std::min<size_t>(sequence_.code.size() - jump.at, 5));
}

void Generator::resolve_jumps() {
    const size_t count = sequence_.code.size();
    std::vector<u32> offsets(count + 1, 0);
    for (size_t i = 0; i < count; ++i) offsets[i + 1] = offsets[i] + sequence_.code[i].length;
    const bool aligned = !options_.isa.has(riscv::Ext::kC);
    for (const Jump& jump : jumps_) {
        Instruction& insn = sequence_.code[jump.at];
        u32 to = offsets[random_target(jump)];
        if (aligned && rng_.percent(2)) to += 2;  // misaligned
        Operands operands = jump.operands;
        if (flow_of(insn.id) == Flow::kRelative) {
            operands.imm = static_cast<i32>(to - offsets[jump.at]);
            insn.bits = insn.altered = encode(insn.id, operands);
        } else if (!rng_.percent(4)) {
            if (rng_.percent(20)) to += 1;  // the lowest bit is dropped
            const u64 value = to - static_cast<u64>(i64{operands.imm});
            sequence_.x[operands.rs1] = {Base::kCode, value};
        }
    }
}

u8 Generator::random_register() {
    return rng_.percent(70) ? favourites_[rng_.below(favourites_.size())]
                            : static_cast<u8>(rng_.below(32));
}

u8 Generator::random_register(riscv::Field field) {
    const u8 any = random_register();
    return field.width == 3 ? static_cast<u8>(8 + any % 8) : any;
}

i32 Generator::random_imm(const InsnInfo& info) {
    const u32 mask = immediate_mask(info);
    u32 imm = static_cast<u32>(rng_.bits());
    switch (rng_.below(8)) {
        case 0:
            imm = 0;
            break;
        case 1:
            imm = ~u32{0};
            break;
        case 2:
            imm = 1u << rng_.below(32);
            break;
        case 3:
            imm = ~(1u << rng_.below(32));
            break;
        default:
            break;
    }
    imm &= mask;
    // As decoding gives it: sign-extended.
    const unsigned unused = 32u - info.imm_bits;
    if (info.form.imm_signed && info.imm_bits != 0)
        return static_cast<i32>(imm << unused) >> unused;
    return static_cast<i32>(imm);
}

u32 Generator::random_csr(Group group) {
    if (group == Group::kFloatCsr || rng_.percent(30)) {
        if (rng_.percent(50)) return kFflags;
        return static_cast<u32>(rng_.between(kFflags, kFcsr));
    }
    return static_cast<u32>(rng_.below(0x1000));
}

unsigned Generator::random_rounding() {
    if (options_.rounding && rng_.percent(90))
        return rng_.percent(50) ? kDynamic : *options_.rounding;
    if (rng_.percent(35)) return kDynamic;
    return static_cast<unsigned>(rng_.percent(96) ? rng_.below(5) : rng_.between(5, 6));
}

unsigned Generator::random_frm() {
    if (options_.rounding && rng_.percent(95)) return *options_.rounding;
    return static_cast<unsigned>(rng_.percent(96) ? rng_.below(5) : rng_.between(5, 7));
}

}  // namespace kiln::random_test
