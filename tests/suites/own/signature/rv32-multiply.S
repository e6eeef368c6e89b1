// Words of 4 bytes: low and high halves of products.
#include "htif.S.inc"

    htif_begin
    la s0, begin_signature
    li a1, 7
    li a2, 6
    mul a0, a1, a2
    sw a0, 0(s0)
    li a1, -1
    li a2, 1
    mul a0, a1, a2
    sw a0, 4(s0)
    mulhu a0, a1, a1
    sw a0, 8(s0)
    li a1, 0x12345
    li a2, 0x1000
    mul a0, a1, a2
    sw a0, 12(s0)
    htif_end

    .data
    .balign 16
    .globl begin_signature
begin_signature:
    .fill 4, 4, 0xdeadbeef
    .globl end_signature
end_signature:
