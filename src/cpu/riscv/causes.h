// Trap causes: the exception codes of mcause and scause (privileged manual, table "Machine cause
// register values after trap").
#pragma once

#include <string>

#include "support/int.h"

namespace kiln::riscv {

inline constexpr u64 kCauseMisalignedFetch = 0;
inline constexpr u64 kCauseFetchAccess = 1;
inline constexpr u64 kCauseIllegal = 2;
inline constexpr u64 kCauseBreakpoint = 3;
inline constexpr u64 kCauseMisalignedLoad = 4;
inline constexpr u64 kCauseLoadAccess = 5;
inline constexpr u64 kCauseMisalignedStore = 6;
inline constexpr u64 kCauseStoreAccess = 7;
inline constexpr u64 kCauseEcallU = 8;
inline constexpr u64 kCauseEcallS = 9;
inline constexpr u64 kCauseEcallM = 11;
inline constexpr u64 kCauseFetchPage = 12;
inline constexpr u64 kCauseLoadPage = 13;
inline constexpr u64 kCauseStorePage = 15;

// What statistics and the log call a cause, "load page fault"; a reserved code reads "exception
// 10". `code` is that of mcause without its interrupt bit.
std::string cause_name(u64 code, bool interrupt);

}  // namespace kiln::riscv
