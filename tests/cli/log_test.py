"""Each item of --log says what its guest did, and nothing is said without it."""

import pathlib
import struct
import tempfile
import unittest

import kiln_binary

START = 0x8000_0000

# What objdump says of a program that asks for one thing after the other that goes wrong. The handler
# behind the first jump goes on behind the instruction, in M-mode and with the software interrupt
# withdrawn. The page table is the empty page at 0x80001000. The last store powers off.
PROGRAM = """
    00000297 auipc t0,0x0
    01828293 addi t0,t0,24
    30529073 csrrw zero,mtvec,t0
    001005b7 lui a1,0x100
    02000637 lui a2,0x2000
    0240006f jal zero,0x80000038
    34102ff3 csrrs t6,mepc,zero
    004f8f93 addi t6,t6,4
    341f9073 csrrw zero,mepc,t6
    00002fb7 lui t6,0x2
    800f8f9b addiw t6,t6,-2048
    300f9073 csrrw zero,mstatus,t6
    00062023 sw zero,0(a2)
    30200073 mret
    5c002573 csrrs a0,0x5c0,zero
    c8002573 csrrs a0,cycleh,zero
    04002503 lw a0,64(zero)
    00160503 lb a0,1(a2)
    00062123 sw zero,2(a2)
    00800313 addi t1,zero,8
    30431073 csrrw zero,mie,t1
    00100313 addi t1,zero,1
    00662023 sw t1,0(a2)
    30046073 csrrsi zero,mstatus,8
    00000013 addi zero,zero,0
    00001397 auipc t2,0x1
    00c3d393 srli t2,t2,12
    fff00313 addi t1,zero,-1
    03f31313 slli t1,t1,63
    00736333 or t1,t1,t2
    18031073 csrrw zero,satp,t1
    00021e37 lui t3,0x21
    800e0e1b addiw t3,t3,-2048
    300e1073 csrrw zero,mstatus,t3
    00002503 lw a0,0(zero)
    fff00e93 addi t4,zero,-1
    3b0e9073 csrrw zero,pmpaddr0,t4
    01f00e93 addi t4,zero,31
    3a0e9073 csrrw zero,pmpcfg0,t4
    300e1073 csrrw zero,mstatus,t3
    00802503 lw a0,8(zero)
    00005537 lui a0,0x5
    55550513 addi a0,a0,1365
    00a5a023 sw a0,0(a1)
    0000006f jal zero,0x800000b0
"""
LINES = [line.strip().split(" ", 1) for line in PROGRAM.strip().splitlines()]


def log_of(items):
    """The lines on stderr of a run with these items, and nothing else may have happened."""
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder, "program")
        image.write_bytes(b"".join(struct.pack("<I", int(word, 16)) for word, _ in LINES))
        log = ["--log", items] if items else []
        result = kiln_binary.run("run", str(image), "--limit-instructions", "1000", *log)
    assert result.returncode == 0 and result.stdout == "", result
    return result.stderr.splitlines()


class Log(unittest.TestCase):
    def check(self, item, expected):
        self.assertEqual(log_of(item), [f"{item}: {line}" for line in expected])

    def test_nothing_without_the_option(self):
        self.assertEqual(log_of(""), [])

    def test_unimp(self):
        self.check("unimp", ["hart 0: CSR 0x5c0 does not exist, from M, pc 0x80000038"])

    def test_guest_errors(self):
        self.check("guest_errors", [
            "hart 0: load of 4 at 0x40, physical 0x40, pc 0x80000040: nothing is mapped there",
            "hart 0: load of 1 at 0x2000001, physical 0x2000001, pc 0x80000044: clint refuses it",
            "hart 0: store of 4 at 0x2000002, physical 0x2000002, pc 0x80000048: misaligned for clint",
        ])

    def test_mmu(self):
        walk = "hart 0: load at {} from S, pc {}, satp 0x8000000000080001: level 2, pte {}: {}"
        self.check("mmu", [
            walk.format("0x0", "0x80000088", "at 0x80001000", "PMP forbids to read the entry"),
            walk.format("0x8", "0x800000a0", "0x0 (--------) at 0x80001000", "V is clear"),
        ])

    def test_int(self):
        trap = "hart 0: {}, epc {}, tval {}, M to M, handler 0x80000018"
        illegal = "exception 2 (illegal instruction)"
        load = "exception 5 (load access fault)"
        self.check("int", [
            trap.format(illegal, "0x80000038", "0x5c002573"),
            trap.format(illegal, "0x8000003c", "0xc8002573"),
            trap.format(load, "0x80000040", "0x40"),
            trap.format(load, "0x80000044", "0x2000001"),
            trap.format("exception 7 (store access fault)", "0x80000048", "0x2000002"),
            trap.format("interrupt 3 (machine software interrupt)", "0x80000060", "0x0"),
            trap.format(load, "0x80000088", "0x0"),
            trap.format("exception 13 (load page fault)", "0x800000a0", "0x8"),
        ])

    def test_in_asm(self):
        lines = log_of("in_asm")
        self.assertEqual(lines[0], "in_asm: hart 0: block at 0x80000000, physical 0x80000000")
        wanted = [f"in_asm: {START + 4 * i:#x}: {text}" for i, (_, text) in enumerate(LINES)]
        self.assertEqual(lines[1:7], wanted[:6])
        self.assertLessEqual(set(wanted[:-1]), set(lines))
        blocks = [line for line in lines if ": block at " in line]
        self.assertEqual(len(blocks), len(set(blocks)), "a block was decoded twice")

    def test_items_together(self):
        both = log_of("unimp,int")
        self.assertEqual(sorted(both), sorted(log_of("unimp") + log_of("int")))
        self.assertTrue(both[0].startswith("unimp: "), "the cause comes before the trap")


kiln_binary.main()
