/* What C++'s <new> declares, for a compiler that comes without a C++ library; in place of <new>,
 * not besides it. Memory that is not there is a panic(), except for the nothrow forms, which return
 * null. */
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace std {
using ::size_t;
using ::uint64_t;
using ::uint8_t;
enum class align_val_t : size_t {};
struct nothrow_t {
    explicit nothrow_t() = default;
};
extern const nothrow_t nothrow;
}  // namespace std

void* operator new(std::size_t, const std::nothrow_t&) noexcept;
void* operator new[](std::size_t, const std::nothrow_t&) noexcept;
void operator delete(void*, const std::nothrow_t&) noexcept;
void operator delete[](void*, const std::nothrow_t&) noexcept;
void* operator new(std::size_t, std::align_val_t, const std::nothrow_t&) noexcept;
void* operator new[](std::size_t, std::align_val_t, const std::nothrow_t&) noexcept;
void operator delete(void*, std::align_val_t, const std::nothrow_t&) noexcept;
void operator delete[](void*, std::align_val_t, const std::nothrow_t&) noexcept;
inline void* operator new(std::size_t, void* place) noexcept { return place; }
inline void* operator new[](std::size_t, void* place) noexcept { return place; }
