// The part of a hart's state that only native code, and what it calls, looks at.
#pragma once

#include <array>

#include "support/int.h"

namespace kiln {

// Matches no hart's fetch_key.
inline constexpr u64 kNoKey = ~u64{0};

// Where native code lies that begins at a guest-virtual address: valid while the hart's fetch_key
// is `key`.
struct NativeJump {
    u64 pc = 0;
    u64 key = kNoKey;
    const u64* entry = nullptr;  // holds the host address to jump to
    u64 unused = 0;              // a power of two, for addressing
};
inline constexpr u64 kNativeJumps = 4096;
constexpr u64 native_jump_index(u64 pc) { return (pc >> 1) & (kNativeJumps - 1); }
// The same as native code has it, in bytes: (pc << kNativeJumpShift) & kNativeJumpMask.
inline constexpr unsigned kNativeJumpShift = 4;
inline constexpr u32 kNativeJumpMask = (kNativeJumps - 1) * sizeof(NativeJump);
static_assert(sizeof(NativeJump) == 2 << kNativeJumpShift);

// Where calls that are open will return to, as far as native code made them.
inline constexpr u64 kReturnPredictions = 16;
// Of the byte offset of one.
inline constexpr u32 kReturnMask = (kReturnPredictions - 1) * sizeof(NativeJump);

// RAM that data accesses reach without translation and with every right, while the mode word says
// that there is such (Guest::mode).
struct DirectWindow {
    u64 first = 0;  // guest address
    // An access of up to 8 bytes at `first + n` lies inside where n < limit. 0: there is no window.
    u64 limit = 0;
    // Guard byte of the granule at `first + n`: granules[n >> kGranuleBits].
    const u8* granules = nullptr;
    // It is all of RAM, so that it never is another one.
    bool whole = false;
};

struct NativeState {
    // Page of the block that runs: its pc without the offset in the page.
    u64 pc_page = 0;
    // What the memory register holds: where the mode word has direct access, host minus guest
    // address of the window; else the address of the hart's current Tlb.
    u64 memory = 0;
    DirectWindow window;
    // What user code has mapped on the host (UserWindows): where the mode word has kModeUserWindow,
    // host minus guest address; with kModeUserTable, the address of the table of these.
    u64 user_window = 0;
    // Guard byte of the granule at host address h of RAM: the byte at granule_base + (h >>
    // kGranuleBits).
    u64 granule_base = 0;
    // Operands of a slow call, and its result.
    std::array<u64, 4> args{};
    u64 result = 0;
    NativeJump* jumps = nullptr;  // kNativeJumps of them; the engine's
    // Ring of predictions, and the byte offset in it of the one that was pushed last.
    u64 return_top = 0;
    std::array<NativeJump, kReturnPredictions> returns{};
    // How native code was left when it ran last (native::ExitCode, or an Edge's address), until the
    // engine has looked at it; then 0.
    u64 exit = 0;
    // Changes when translations are dropped, and when stores that went straight may not any more.
    u64 epoch = 0;
};

}  // namespace kiln
