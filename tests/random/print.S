// Included by the harnesses: printing. s1 is the header (HEADER_DUMP).
// Folds the words of [s4, s5) into the hash s3, or prints them.
each_word:
    mv s6, ra
    LX s7, HEADER_DUMP(s1)
1:  lw a0, 0(s4)
    addi s4, s4, 4
    bnez s7, 2f
    xor s3, s3, a0
    SLLIW t0, s3, 7
    xor s3, s3, t0
    SRLIW t0, s3, 9
    xor s3, s3, t0
    SLLIW t0, s3, 3
    ADDW s3, s3, t0
    bltu s4, s5, 1b
    jr s6
2:  call print_word
    bltu s4, s5, 1b
    jr s6

// Prints a0 as eight hexadecimal digits.
print_word:
    mv s8, ra
    mv s9, a0
    li s10, 8
1:  SRLIW a0, s9, 28
    SLLIW s9, s9, 4
    li t0, 10
    addi a0, a0, '0'
    addi t0, t0, '0'
    bltu a0, t0, 2f
    addi a0, a0, 'a' - '0' - 10
2:  call print_char
    addi s10, s10, -1
    bnez s10, 1b
    jr s8

print_char:
    li t0, UART
1:  lbu t1, UART_LSR(t0)
    andi t1, t1, UART_LSR_EMPTY
    beqz t1, 1b
    sb a0, 0(t0)
    ret
