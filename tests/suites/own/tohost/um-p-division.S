// Division never traps: by zero it gives all ones and the dividend, and the one overflow wraps
// (unprivileged specification, chapter "M", table of division by zero and overflow).
#include "htif.S.inc"

    htif_begin
    li a1, 17
    li a2, 0
    div a0, a1, a2
    expect 1, a0, -1
    divu a0, a1, a2
    expect 2, a0, -1
    rem a0, a1, a2
    expect 3, a0, 17
    remu a0, a1, a2
    expect 4, a0, 17

    li a1, TOP_BIT_X
    li a2, -1
    div a0, a1, a2
    expect 5, a0, TOP_BIT_X
    rem a0, a1, a2
    expect 6, a0, 0

    // Truncation towards zero; the remainder has the dividend's sign.
    li a1, -17
    li a2, 5
    div a0, a1, a2
    expect 7, a0, -3
    rem a0, a1, a2
    expect 8, a0, -2
    li a1, 17
    li a2, -5
    rem a0, a1, a2
    expect 9, a0, 2

    li a1, -1
    mulh a0, a1, a1
    expect 10, a0, 0
    mulhu a0, a1, a1
    expect 11, a0, -2
    mulhsu a0, a1, a1
    expect 12, a0, -1
    htif_end
