// What assembly for both register widths shares.
#pragma once

#if __riscv_xlen == 64
#define REG_S sd
#define REG_L ld
#define REG_BYTES 8
#else
#define REG_S sw
#define REG_L lw
#define REG_BYTES 4
#endif

// Offsets in struct context (harness.h), which checks them.
#define CONTEXT_PC (32 * REG_BYTES)
#define CONTEXT_MODE (33 * REG_BYTES)
#define CONTEXT_INTERRUPTS (34 * REG_BYTES)
#define CONTEXT_CAUSE (35 * REG_BYTES)
#define CONTEXT_TVAL (36 * REG_BYTES)
#define CONTEXT_STATUS (37 * REG_BYTES)
#define CONTEXT_HOST_SP (38 * REG_BYTES)
#define STACK_SHIFT 13
