// Words of 8 bytes: shifts of XLEN and of 32 bits; the latter extend their sign.
#include "htif.S.inc"

    htif_begin
    la s0, begin_signature
    li a1, 1
    slli a0, a1, 63
    sd a0, 0(s0)
    srai a2, a0, 63
    sd a2, 8(s0)
    srli a2, a0, 63
    sd a2, 16(s0)
    slliw a0, a1, 31
    sd a0, 24(s0)
    li a1, -1
    srliw a0, a1, 4
    sd a0, 32(s0)
    li a1, 0x80000000
    sraiw a0, a1, 4
    sd a0, 40(s0)
    htif_end

    .data
    .balign 16
    .globl begin_signature
begin_signature:
    .fill 6, 8, 0xdeadbeef
    .globl end_signature
end_signature:
