// A store-conditional succeeds once after its load-reserved; an AMO returns the old value.
#include "htif.S.inc"

    htif_begin
    la s0, cell
    li a1, 42

    lr.w a0, (s0)
    expect 1, a0, -5
    sc.w a0, a1, (s0)
    expect 2, a0, 0
    sc.w a0, a1, (s0)  // the reservation is spent
    snez a0, a0
    expect 3, a0, 1
    lw a0, 0(s0)
    expect 4, a0, 42

    li a1, -43
    amoadd.w a0, a1, (s0)
    expect 5, a0, 42
    amomaxu.w a0, zero, (s0)  // -1 is the larger one
    expect 6, a0, -1
    amomax.w a0, zero, (s0)
    expect 7, a0, -1
    lw a0, 0(s0)
    expect 8, a0, 0
    htif_end

    .data
    .balign 8
cell:
    .word -5
