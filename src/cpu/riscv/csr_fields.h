// CSRs that are more than a value: made of other state, with fields that take some values only, or
// with an effect. `value` is as wide as the register, whatever XLEN is.
#pragma once

#include "cpu/riscv/hart.h"

namespace kiln::riscv::csr {

inline constexpr u64 kMstatusWritable = kMstatusSie | kMstatusMie | kMstatusSpie | kMstatusMpie |
                                        kMstatusSpp | kMstatusMprv | kMstatusSum | kMstatusMxr |
                                        kMstatusTvm | kMstatusTw | kMstatusTsr | kMstatusMpp;
inline constexpr u64 kSstatusWritable =
    kMstatusSie | kMstatusSpie | kMstatusSpp | kMstatusFs | kMstatusSum | kMstatusMxr;

u64 status(const Hart& hart);
u64 sstatus(const Hart& hart);
// mstatus or sstatus; where the hart has floating point, FS is writable, too.
void write_status(Hart& hart, u64 value, u64 writable);
u64 misa(const Hart& hart);

void write_satp(Hart& hart, u64 value);
void write_senvcfg(Hart& hart, u64 value);
void write_menvcfg(Hart& hart, u64 value);
void write_stimecmp(Hart& hart, u64 value);
// mip or sip.
void write_pending(Hart& hart, u64 value, u64 writable);
// mtvec or stvec.
void write_tvec(u64& tvec, u64 value);
// What mepc and sepc can hold.
u64 epc_mask(const Hart& hart);

// fflags, frm or fcsr.
void write_float(Hart& hart, u32 number, u64 value);
void set_fs_dirty(Hart& hart);

// Members of the families pmpcfg and pmpaddr.
u64 read_pmpcfg(const Hart& hart, u32 number);
void write_pmpcfg(Hart& hart, u32 number, u64 value);
void write_pmpaddr(Hart& hart, u32 number, u64 value);

}  // namespace kiln::riscv::csr
