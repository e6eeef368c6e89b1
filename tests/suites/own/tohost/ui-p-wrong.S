// Case 3 is wrong: the program must exit with 3, or no other verdict of this suite means anything.
#include "htif.S.inc"

    htif_begin
    li a0, 7
    addi a1, a0, -8
    expect 1, a0, 7
    expect 2, a1, -1
    expect 3, a1, 0
    expect 4, a1, -1
    htif_end
