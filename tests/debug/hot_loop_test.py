"""A loop that is compiled as a region is debugged as if it were not, and is fast again afterwards."""

import json
import pathlib
import struct
import tempfile
import unittest

import session



def bne(left, right, distance):
    low, high = distance & 0x1F, distance >> 5 & 0x7F
    return (distance >> 12 & 1) << 31 | (high & 0x3F) << 25 | right << 20 | left << 15 | 1 << 12 | \
        (low & 0x1E) << 7 | (distance >> 11 & 1) << 7 | 0x63


# Four times a loop of 2.5 million turns that stores its counter. A turn is longer than what the stub looks
# ahead for a breakpoint without a word to the engine.
TURNS = 0x262000
OUTER = 0x8000_0008
INNER = OUTER + 12
PADDING = 30
PROGRAM = struct.pack(f"<{14 + PADDING}I",
                      0x00000117,                   # auipc sp, 0
                      0x00000293,                   # li t0, 0
                      0x00128293,                   # outer: addi t0, t0, 1
                      TURNS | 0x337,                # lui t1, TURNS >> 12
                      0x00000393,                   # li t2, 0
                      0x00138393,                   # inner: addi t2, t2, 1
                      0x40712023,                   # sw t2, 1024(sp)
                      *[0x00130313, 0xFFF30313] * (PADDING // 2),  # addi t1, t1, 1; addi t1, t1, -1
                      bne(7, 6, -4 * (PADDING + 2)),  # bne t2, t1, inner
                      0x00400E13,                   # li t3, 4
                      bne(5, 28, -4 * (PADDING + 7)),  # bne t0, t3, outer
                      0x00100537,                   # lui a0, 0x100
                      0x000055B7, 0x55558593,       # li a1, 0x5555
                      0x00B52023)                   # sw a1, 0(a0)
COUNTER = 0x8000_0400
T0, T2, PC = 5, 7, 32
BREAK, WRITES = 0, 2


class HotLoop(unittest.TestCase):
    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.client.ask(f"p{number:x}")), "little")

    def go_on(self, how="c"):
        """Where and why the guest stops next."""
        reply = self.client.ask(f"vCont;{how}")
        self.assertTrue(reply.startswith("T05"), reply)
        return self.register(PC), reply

    def set(self, kind, address, size=4):
        self.assertEqual(self.client.ask(f"Z{kind},{address:x},{size}"), "OK")

    def remove(self, kind, address, size=4):
        self.assertEqual(self.client.ask(f"z{kind},{address:x},{size}"), "OK")

    def hits(self, kind, place, pc, number, values):
        """A breakpoint or watchpoint is hit at `pc` with these values of a register in turn, and is stepped over as
        gdb does it."""
        self.set(kind, place)
        for value in values:
            at, reply = self.go_on()
            self.assertEqual((at, self.register(number)), (pc, value))
            self.assertEqual(f"watch:{place:x};" in reply, kind == WRITES)
            self.remove(kind, place)
            self.assertEqual(self.go_on("s:1")[0], pc + 4)
            self.set(kind, place)
        self.remove(kind, place)

    def check_steps(self):
        """Through a turn, from behind the first instruction of the loop's turn 5."""
        for step in range(PADDING + 3):
            offset = 4 * ((step + 2) % (PADDING + 3))
            self.assertEqual(self.go_on("s:1")[0], INNER + offset)
            self.assertEqual(self.register(T2), 5 + (offset == 4))

    def check_stats(self, stats):
        # (With tiered it depends on time when a region is there.)
        if stats["backend"] != "llvm":
            return
        # A region for the time before, which went with the breakpoint, and one for the time behind: the loop ran
        # nearly always in one of them.
        regions = stats["regions"]
        self.assertGreaterEqual(regions["regions"], 2)
        self.assertGreaterEqual(regions["invalidated"], 1)
        in_regions = sum(tier["instructions"] for tier in stats["tiers"][2:])
        self.assertGreater(in_regions, 3 * TURNS * (PADDING + 3))

    def test_breakpoints_steps_and_watchpoints(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "loop"
            image.write_bytes(PROGRAM)
            report = pathlib.Path(folder) / "stats"
            with session.Kiln(image, "--cache", "off", "--ram", "16M", "--stats-json", report) as kiln:
                with kiln.connect() as self.client:
                    # The inner loop runs twice and is hot.
                    self.hits(BREAK, OUTER, OUTER, T0, range(3))
                    self.hits(BREAK, INNER, INNER, T2, range(5))
                    self.check_steps()
                    self.hits(WRITES, COUNTER, INNER + 4, T2, range(6, 10))
                    # Half of all is still to run.
                    self.assertEqual(self.client.ask("vCont;c"), "W00")
                self.assertEqual(kiln.exit_code(), 0)
            self.check_stats(json.loads(report.read_text()))


session.main()
