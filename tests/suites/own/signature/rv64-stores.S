// Words of 16 bytes: stores of every width, little-endian, side by side.
#include "htif.S.inc"

    htif_begin
    la s0, begin_signature
    li a0, 0x11
    sb a0, 0(s0)
    li a0, 0x2233
    sh a0, 2(s0)
    li a0, 0x44556677
    sw a0, 4(s0)
    li a0, 0x8899aabbccddeeff
    sd a0, 8(s0)
    li a0, -1
    sd a0, 16(s0)
    sb zero, 20(s0)
    htif_end

    .data
    .balign 16
    .globl begin_signature
begin_signature:
    .fill 4, 8, 0
    .globl end_signature
end_signature:
