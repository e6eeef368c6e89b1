"""kiln bisect names the first instruction that a broken backend does wrong."""

import argparse
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

OPTIONS = None
BASE = 0x8000_0000

# A loop of 40000 turns whose product has a negative operand from turn 32768 on: the broken backend is
# right till then. A sum keeps the error.
PROGRAM = struct.pack("<22I", *[0x00000013] * 8,        # nop: no turn of a hart ends in the turn that is wrong
                      0x00000117,                      # auipc sp, 0
                      0x0000A337, 0xC4030313,          # lui t1, 10; addi t1, t1, -960
                      0x00138393,                      # 1: addi t2, t2, 1
                      0x03039E13,                      # slli t3, t2, 48
                      0x40713023,                      # sd t2, 1024(sp)
                      0x027E3F33,                      # mulhu t5, t3, t2
                      0x01EF8FB3,                      # add t6, t6, t5
                      0x41E13423,                      # sd t5, 1032(sp)
                      0xFE6394E3,                      # bne t2, t1, 1b
                      0x00100537,                      # lui a0, 0x100
                      0x000055B7, 0x55558593,          # li a1, 0x5555
                      0x00B52023)                      # sw a1, 0(a0)
WRONG_AT = BASE + 0x38
WRONG_COUNT = 11 + 7 * 32767 + 4


def run(*arguments, program=None):
    return subprocess.run([program or OPTIONS.kiln, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=100)


class BisectTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.image = pathlib.Path(folder.name) / "program"
        self.image.write_bytes(PROGRAM)

    def bisect(self, *arguments):
        return run("bisect", "--ram", "16M", *arguments, str(self.image))

    def check_found(self, result):
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        text = result.stdout
        self.assertIn(f"first difference: instruction {WRONG_COUNT}, at pc {WRONG_AT:#x};", text)
        self.assertRegex(text, rf"\n  {WRONG_COUNT} +hart 0 {WRONG_AT:#x}: mulhu t5,t3,t2\n")
        self.assertRegex(text, r"\n! t5 +0x3fff +0x4000 +0xffffffffffffc000\n")
        self.assertRegex(text, r"\n! \[0x80000428\] +0x3fff +0x4000 +0xffffffffffffc000\n")
        self.assertRegex(text, r"(?s)\nguest:\n.*mulhu.*\nir:\n.*mul_high_u.*\nhost:\n.*imul")

    def test_finds_the_instruction(self):
        self.check_found(self.bisect("--a", "interp", "--b", "broken"))

    def test_whatever_the_steps_and_tiers(self):
        for arguments in (["--step", "1000"], ["--step", "50000", "--tier-up", "0"], ["--tier-up", "3"],
                          ["--a", "asmjit"]):
            with self.subTest(arguments=arguments):
                self.check_found(self.bisect("--b", "broken", *arguments))

    def test_finds_it_in_regions(self):
        for arguments in (["broken-llvm"], ["broken-llvm", "--tier-up", "3", "--step", "50000"],
                          ["broken-tiered", "--tier-up", "3"], ["broken-tiered", "--tier-up", "3", "--step", "70000"]):
            with self.subTest(arguments=arguments):
                if arguments[0] in OPTIONS.backends:
                    self.check_found(self.bisect("--b", *arguments))

    def test_audit_finds_it(self):
        where = {"broken": "block", "broken-llvm": "region", "broken-tiered": "region"}
        for backend in where.keys() & OPTIONS.backends:
            with self.subTest(backend=backend):
                result = run("run", "--ram", "16M", "--cache", "off", "--backend", backend, "--tier-up", "3", "--audit",
                             str(self.image))
                self.assertEqual(result.returncode, 70, result.stderr)
                self.assertRegex(result.stderr, rf"the native code of the {where[backend]} at 0x800000\w\w differs from the "
                                                r"interpreter: t5\n")
                self.assertRegex(result.stderr, r"\n! t5 +0x[0-9a-f]{4} +0x[0-9a-f]{4} +0xffffffffffff[0-9a-f]{4}\n")
                self.assertIn(f" {WRONG_AT:#x}: mulhu t5,t3,t2\n", result.stderr)

    def test_sound_backends_do_the_same(self):
        for backend in {"asmjit", "llvm", "tiered"} & OPTIONS.backends:
            for tier_up in ("0", "3"):
                with self.subTest(backend=backend, tier_up=tier_up):
                    result = self.bisect("--a", "interp", "--b", backend, "--tier-up", tier_up, "--step", "10000")
                    self.assertEqual((result.returncode, result.stdout), (0, f"interp and {backend} do the same\n"))

    def test_wrong_use(self):
        for arguments in (["--b", "nobody"], ["--b", "broken", "--clock", "host"], ["--step", "0"]):
            result = self.bisect(*arguments)
            self.assertEqual(result.returncode, 2)
            self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_product_is_sound(self):
        self.assertNotIn("broken", run("info", program=OPTIONS.product).stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kiln", required=True)
    parser.add_argument("--product", required=True)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.backends = set(run("info").stdout.split())
    unittest.main(argv=[sys.argv[0]] + rest)
