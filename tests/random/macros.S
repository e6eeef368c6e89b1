// Included by the harnesses behind harness_common.h: pieces of both.

#define ALL_REGISTERS 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
#define INTS_BUT_X31 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30

// Loads or stores all floating-point registers: `insn` is flw, fld, fsw or fsd.
    .macro each_float insn, offset, base
    .irp n, ALL_REGISTERS
    \insn f\n, \offset + 8 * \n(\base)
    .endr
    .endm

// At the start of a trap handler: saves the integer registers at `offset` in the state that mscratch
// points to. s2: the state.
    .macro save_ints offset
    csrrw x31, mscratch, x31
    .irp n, INTS_BUT_X31
    SX x\n, \offset + 8 * \n(x31)
    .endr
    csrr t0, mscratch
    SX t0, \offset + 8 * 31(x31)
    csrw mscratch, x31
    mv s2, x31
    .endm

// Leaves the trap handler with the integer registers that x31 points to.
    .macro resume_ints
    .irp n, INTS_BUT_X31, 31
    LX x\n, 8 * \n(x31)
    .endr
    mret
    .endm

// t0: s2 plus the offset of trap number s6 in the list of traps.
    .macro trap_slot
    slli t0, s6, 3
    slli t1, s6, 4
    add t0, t0, t1
    add t0, t0, s2
    .endm

// s4: the address of the instruction behind the one at s4.
    .macro skip_instruction
    lhu t0, 0(s4)
    andi t0, t0, 3
    li t1, 3
    addi s4, s4, 2
    bne t0, t1, 99f
    addi s4, s4, 2
99:
    .endm

// Copies eight bytes at a time from `from` to `to`, until `to` is `end`.
    .macro copy_until from, to, end
99: lw t0, 0(\from)
    lw t1, 4(\from)
    sw t0, 0(\to)
    sw t1, 4(\to)
    addi \to, \to, 8
    addi \from, \from, 8
    bltu \to, \end, 99b
    .endm
