#include "float/operation.h"

#include <stdexcept>
#include <string_view>

#include "float/expected.h"

namespace kiln::float_test {
namespace {

using riscv::Ext;
using riscv::InsnId;
using riscv::InsnInfo;
using test::FpOperands;

using Expected = Answer (*)(const Sources&, Rounding);

// One in so many narrow operands is not boxed.
constexpr u64 kBoxed = 64;

template <typename F>
u64 box(FpOperands& random, F value) {
    return random.below(kBoxed) != 0 ? kBox<F> | value : random.below(~u64{0});
}

// Case `index` of all combinations of N edges with their signs; false: there are fewer.
template <typename F, size_t N>
bool edge_case(u64 index, Sources& sources) {
    constexpr auto kEdges = FpOperands::edges<F>();
    for (size_t i = 0; i < N; ++i) {
        const u64 choice = index % (2 * kEdges.size());
        index /= 2 * kEdges.size();
        const F sign = choice % 2 != 0 ? soft::Format<F>::kSign : F{0};
        sources[i] = kBox<F> | kEdges[choice / 2] | sign;
    }
    return index == 0;
}

template <typename F, size_t N>
Sources floats(FpOperands& random, u64 index) {
    Sources sources{};
    if (edge_case<F, N>(index, sources)) return sources;
    if constexpr (N == 1 && sizeof(F) == 2) {  // all there are
        sources[0] = kBox<F> | (index & 0xffff);
        if (index < 0x10000) return sources;
    }
    std::array<F, N> values;
    if constexpr (N == 1)
        values[0] = random.any<F>();
    else
        values = random.tuple<F, N>();
    if (N == 2 && random.below(16) == 0) values[N - 1] = values[0];
    for (size_t i = 0; i < N; ++i) sources[i] = box(random, values[i]);
    return sources;
}

template <typename Int>
Sources integers(FpOperands& random, u64 index) {
    constexpr u64 kNear = 5;  // to each power of two, on both sides
    const u64 place = index / kNear;
    if (place < 64) return {(u64{1} << place) + index % kNear - kNear / 2};
    if (place < 128) return {0 - ((u64{1} << (place - 64)) + index % kNear - kNear / 2)};
    return {static_cast<u64>(static_cast<i64>(random.integer<Int>()))};
}

template <size_t N>
using Numbers = std::array<Real, N>;

int add(Real& r, const Numbers<2>& x, mpfr_rnd_t mode) { return mpfr_add(r, x[0], x[1], mode); }
int subtract(Real& r, const Numbers<2>& x, mpfr_rnd_t mode) {
    return mpfr_sub(r, x[0], x[1], mode);
}
int multiply(Real& r, const Numbers<2>& x, mpfr_rnd_t mode) {
    return mpfr_mul(r, x[0], x[1], mode);
}
int divide(Real& r, const Numbers<2>& x, mpfr_rnd_t mode) { return mpfr_div(r, x[0], x[1], mode); }
int root(Real& r, const Numbers<1>& x, mpfr_rnd_t mode) { return mpfr_sqrt(r, x[0], mode); }
int same(Real& r, const Numbers<1>& x, mpfr_rnd_t mode) { return mpfr_set(r, x[0], mode); }

// +-(a * b) +- c.
template <bool negate_product, bool negate_addend>
int fused(Real& r, const Numbers<3>& x, mpfr_rnd_t mode) {
    Real factor, addend;
    negate_product ? mpfr_neg(factor, x[0], MPFR_RNDN) : mpfr_set(factor, x[0], MPFR_RNDN);
    negate_addend ? mpfr_neg(addend, x[2], MPFR_RNDN) : mpfr_set(addend, x[2], MPFR_RNDN);
    return mpfr_fma(r, factor, x[1], addend, mode);
}

InsnId find_row(const std::string& mnemonic) {
    for (size_t i = 0; i < riscv::kInsnCount; ++i)
        if (insn_info(static_cast<InsnId>(i)).mnemonic == mnemonic) return static_cast<InsnId>(i);
    throw std::runtime_error(mnemonic + ": the instruction table has no such row");
}

class Table {
  public:
    // A row whose operands are N numbers of the format `In`.
    template <typename In, size_t N>
    void add(const std::string& mnemonic, Expected expected) {
        append(mnemonic, N, false, floats<In, N>, expected);
    }
    template <typename Int>
    void add_from_x(const std::string& mnemonic, Expected expected) {
        append(mnemonic, 1, true, integers<Int>, expected);
    }
    std::vector<Operation> take() { return std::move(all_); }

  private:
    void append(const std::string& mnemonic, unsigned sources, bool from_x,
                Sources (*operands)(FpOperands&, u64), Expected expected) {
        const InsnId id = find_row(mnemonic);
        const InsnInfo& info = insn_info(id);
        all_.push_back(
            {id, sources, from_x, info.writes_x(), info.rm.width != 0, operands, expected});
    }

    std::vector<Operation> all_;
};

template <typename F>
void add_arithmetic(Table& table, const std::string& format) {
    table.add<F, 2>("fadd" + format, arithmetic<F, F, 2, add>);
    table.add<F, 2>("fsub" + format, arithmetic<F, F, 2, subtract>);
    table.add<F, 2>("fmul" + format, arithmetic<F, F, 2, multiply>);
    table.add<F, 2>("fdiv" + format, arithmetic<F, F, 2, divide>);
    table.add<F, 1>("fsqrt" + format, arithmetic<F, F, 1, root>);
    table.add<F, 3>("fmadd" + format, arithmetic<F, F, 3, fused<false, false>>);
    table.add<F, 3>("fmsub" + format, arithmetic<F, F, 3, fused<false, true>>);
    table.add<F, 3>("fnmsub" + format, arithmetic<F, F, 3, fused<true, false>>);
    table.add<F, 3>("fnmadd" + format, arithmetic<F, F, 3, fused<true, true>>);
}

template <typename F>
void add_others(Table& table, const std::string& format) {
    table.add<F, 2>("fmin" + format, extreme<F, false>);
    table.add<F, 2>("fmax" + format, extreme<F, true>);
    table.add<F, 2>("feq" + format, equal<F>);
    table.add<F, 2>("flt" + format, less<F>);
    table.add<F, 2>("fle" + format, less_equal<F>);
    table.add<F, 2>("fsgnj" + format, inject<F, Sign::kCopy>);
    table.add<F, 2>("fsgnjn" + format, inject<F, Sign::kInvert>);
    table.add<F, 2>("fsgnjx" + format, inject<F, Sign::kXor>);
    table.add<F, 1>("fclass" + format, classify<F>);
}

template <typename F, typename Int>
void add_integer(Table& table, const std::string& format, const std::string& integer) {
    table.add<F, 1>("fcvt" + integer + format, to_integer<F, Int>);
    table.add_from_x<Int>("fcvt" + format + integer, from_integer<F, Int>);
}

template <typename F>
void add_moves(Table& table, const std::string& name) {
    table.add<F, 1>("fmv.x" + name, move_to_x<F>);
    table.add_from_x<u64>("fmv" + name + ".x", move_from_x<F>);
}

template <typename To, typename From>
void add_conversion(Table& table, const std::string& to, const std::string& from) {
    table.add<From, 1>("fcvt" + to + from, arithmetic<To, From, 1, same>);
}

template <typename F>
void add_format(Table& table, const std::string& format) {
    add_arithmetic<F>(table, format);
    add_others<F>(table, format);
    add_integer<F, i32>(table, format, ".w");
    add_integer<F, u32>(table, format, ".wu");
    add_integer<F, i64>(table, format, ".l");
    add_integer<F, u64>(table, format, ".lu");
}

// Whether a row of the table computes with floating point: not a load, a store or a CSR access.
bool computes(const InsnInfo& info) {
    constexpr u64 kFloat = ext_bit(Ext::kF) | ext_bit(Ext::kD) | ext_bit(Ext::kZfh);
    return (info.needs.all & kFloat) != 0 && info.length != 0 &&
           info.form.syntax.find("(s)") == std::string_view::npos &&
           info.has(riscv::kFp | riscv::kFpRead) && (info.needs.all & ext_bit(Ext::kC)) == 0;
}

void check_complete(const std::vector<Operation>& operations) {
    for (size_t i = 0; i < riscv::kInsnCount; ++i) {
        const InsnInfo& info = insn_info(static_cast<InsnId>(i));
        if (!computes(info)) continue;
        bool there = false;
        for (const Operation& operation : operations)
            there = there || operation.id == static_cast<InsnId>(i);
        if (!there)
            throw std::runtime_error(std::string(info.mnemonic) + ": there is no reference");
    }
}

}  // namespace

std::vector<Operation> operations() {
    Table table;
    add_format<u16>(table, ".h");
    add_format<u32>(table, ".s");
    add_format<u64>(table, ".d");
    add_moves<u16>(table, ".h");
    add_moves<u32>(table, ".w");
    add_moves<u64>(table, ".d");
    add_conversion<u16, u32>(table, ".h", ".s");
    add_conversion<u16, u64>(table, ".h", ".d");
    add_conversion<u32, u16>(table, ".s", ".h");
    add_conversion<u32, u64>(table, ".s", ".d");
    add_conversion<u64, u16>(table, ".d", ".h");
    add_conversion<u64, u32>(table, ".d", ".s");
    std::vector<Operation> all = table.take();
    check_complete(all);
    return all;
}

}  // namespace kiln::float_test
