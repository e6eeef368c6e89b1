// Types of values.
#pragma once

#include <string_view>

#include "cpu/emitter.h"
#include "support/int.h"

namespace kiln::ir {

// i1 is a condition. v128 is reserved: no operation makes one yet.
enum class Type : u8 { kNone, kI1, kI8, kI16, kI32, kI64, kF16, kF32, kF64, kV128, kCount };

struct TypeInfo {
    std::string_view name;
    u8 bits;
};
inline constexpr TypeInfo kTypes[] = {{"none", 0}, {"i1", 1},    {"i8", 8},   {"i16", 16},
                                      {"i32", 32}, {"i64", 64},  {"f16", 16}, {"f32", 32},
                                      {"f64", 64}, {"v128", 128}};

constexpr std::string_view type_name(Type type) { return kTypes[static_cast<size_t>(type)].name; }
constexpr unsigned bits_of(Type type) { return kTypes[static_cast<size_t>(type)].bits; }
// Bytes in memory or guest state; 0 for what has no place there.
constexpr unsigned bytes_of(Type type) { return bits_of(type) / 8; }
constexpr bool is_int(Type type) { return type >= Type::kI8 && type <= Type::kI64; }
constexpr bool is_float(Type type) { return type >= Type::kF16 && type <= Type::kF64; }
// The bits that an integer or condition of this type has.
constexpr u64 mask_of(Type type) {
    return bits_of(type) >= 64 ? ~u64{0} : (u64{1} << bits_of(type)) - 1;
}
// The integer type as wide as `type`, which is an integer or floating-point one.
constexpr Type int_like(Type type) {
    if (!is_float(type)) return type;
    return static_cast<Type>(static_cast<u8>(type) - static_cast<u8>(Type::kF16) +
                             static_cast<u8>(Type::kI16));
}

// The type of Value<T>.
template <class T>
inline constexpr Type kTypeOf = Type::kNone;
template <>
inline constexpr Type kTypeOf<u8> = Type::kI8;
template <>
inline constexpr Type kTypeOf<u16> = Type::kI16;
template <>
inline constexpr Type kTypeOf<u32> = Type::kI32;
template <>
inline constexpr Type kTypeOf<u64> = Type::kI64;
template <>
inline constexpr Type kTypeOf<F16> = Type::kF16;
template <>
inline constexpr Type kTypeOf<F32> = Type::kF32;
template <>
inline constexpr Type kTypeOf<F64> = Type::kF64;

}  // namespace kiln::ir
