// What compiled C++ calls: the Itanium C++ ABI, chapters 2.8, 3.2.6 and 3.3, and [new.delete].
#include "exit.h"
#include "runtime.h"
#include "runtime_cxx.h"

const std::nothrow_t std::nothrow{};

namespace {

void* must(void* block, std::size_t size) {
    if (!block) panic("operator new: no room for %zu bytes", size);
    return block;
}

void* aligned(std::size_t size, std::align_val_t alignment) {
    return aligned_alloc(static_cast<std::size_t>(alignment), size);
}

}  // namespace

void* operator new(std::size_t size) { return must(malloc(size), size); }
void* operator new[](std::size_t size) { return must(malloc(size), size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
void* operator new(std::size_t size, std::align_val_t to) { return must(aligned(size, to), size); }
void* operator new[](std::size_t size, std::align_val_t to) {
    return must(aligned(size, to), size);
}
void* operator new(std::size_t size, std::align_val_t to, const std::nothrow_t&) noexcept {
    return aligned(size, to);
}
void* operator new[](std::size_t size, std::align_val_t to, const std::nothrow_t&) noexcept {
    return aligned(size, to);
}

void operator delete(void* block) noexcept { free(block); }
void operator delete[](void* block) noexcept { free(block); }
void operator delete(void* block, std::size_t) noexcept { free(block); }
void operator delete[](void* block, std::size_t) noexcept { free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { free(block); }
void operator delete(void* block, std::align_val_t) noexcept { free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { free(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { free(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { free(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
    free(block);
}

extern "C" {

void* __dso_handle = nullptr;

int __cxa_atexit(void (*destructor)(void*), void* object, void*) {
    if (!exit_register(destructor, object)) panic("too many static objects with destructors");
    return 0;
}

void __cxa_pure_virtual() { panic("a pure virtual function was called"); }
void __cxa_deleted_virtual() { panic("a deleted virtual function was called"); }

// The first byte of a guard tells compiled code that the object is there; the second is ours.
int __cxa_guard_acquire(std::uint64_t* guard) {
    auto* const bytes = reinterpret_cast<std::uint8_t*>(guard);
    if (bytes[0]) return 0;
    if (bytes[1]) panic("a static object needs itself for its initialisation");
    bytes[1] = 1;
    return 1;
}

void __cxa_guard_release(std::uint64_t* guard) { *reinterpret_cast<std::uint8_t*>(guard) = 1; }

}  // extern "C"
