// The mode word: what translated code depends on besides its bytes.
#pragma once

#include "cpu/guest.h"
#include "cpu/riscv/hart.h"
#include "cpu/riscv/insn.h"

namespace kiln::riscv {

inline u64 user_window_mode(const Hart& hart) {
    if (!hart.has_user_window()) return 0;
    return hart.user_window_is_whole() ? kModeUserWindow : kModeUserTable;
}

// Privilege (2 bits), mstatus.FS as off, clean or dirty (2 bits), frm (3 bits), kModeDirect,
// kModeWhole, kModeUserWindow, kModeUserTable.
inline u64 mode_word(const Hart& hart) {
    const u64 fs = (hart.mstatus & kMstatusFs) >> kMstatusFsShift;
    return static_cast<u64>(hart.priv) | (fs == 2 ? 1 : fs) << 2 | u64{hart.frm} << 4 |
           (hart.direct() ? kModeDirect : 0) | (hart.native.window.whole ? kModeWhole : 0) |
           user_window_mode(hart);
}

inline DecodeMode decode_mode(u64 mode) {
    const u64 fs = mode >> 2 & 3;
    return {.fs_off = fs == 0, .fs_dirty = fs == 3, .frm = static_cast<u8>(mode >> 4 & 7)};
}

}  // namespace kiln::riscv
