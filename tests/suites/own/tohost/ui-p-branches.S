// Every branch, taken and not, signed against unsigned.
#include "htif.S.inc"

// a0 collects one bit a branch: 1 when `op a1, a2` is taken.
.macro collect op
    slli a0, a0, 1
    \op a1, a2, 1f
    j 2f
1:  ori a0, a0, 1
2:
.endm

.macro collect_all left, right
    li a0, 0
    li a1, \left
    li a2, \right
    collect beq
    collect bne
    collect blt
    collect bge
    collect bltu
    collect bgeu
.endm

    htif_begin
    collect_all 5, 5
    expect 1, a0, 0b100101
    collect_all -1, 1  // as unsigned numbers -1 is the largest
    expect 2, a0, 0b011001
    collect_all 1, -1
    expect 3, a0, 0b010110
    collect_all TOP_BIT_X, 0
    expect 4, a0, 0b011001

    li a0, 0
    li a1, 100
sum:
    add a0, a0, a1
    addi a1, a1, -1
    bnez a1, sum
    expect 5, a0, 5050
    htif_end
