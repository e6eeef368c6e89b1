// Assembly that the harnesses share: names for either width, devices. Behind it macros.S and
// print.S.
#pragma once

#if __riscv_xlen == 64
#define LX ld
#define SX sd
#define SLLW sllw
#define SLLIW slliw
#define SRLIW srliw
#define ADDW addw
#else
#define LX lw
#define SX sw
#define SLLW sll
#define SLLIW slli
#define SRLIW srli
#define ADDW add
#endif

#define UART 0x10000000
#define UART_LSR 5
#define UART_LSR_EMPTY 0x20
#define FINISHER 0x100000
#define FINISHER_PASS 0x5555
