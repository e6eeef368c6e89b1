"""Ctrl-A x leaves, whatever the guest does: also where nothing ever retires, on every engine."""

import os
import pathlib
import pty
import select
import struct
import subprocess
import tempfile
import termios
import unittest

import kiln_binary

ILLEGAL = 0
ECALL = 0x00000073
# auipc t0, 0; addi t0, t0, 16; csrrw zero, mtvec, t0; ecall: what follows is the trap vector.
TO_VECTOR = [0x00000297, 0x01028293, 0x30529073, ECALL]
GUESTS = {
    "a vector that is illegal": TO_VECTOR + [ILLEGAL],
    "a vector that calls itself": TO_VECTOR + [ECALL],
    "a vector that loads from nowhere": TO_VECTOR + [0x00003003],  # ld zero, 0(zero)
    "a vector that cannot be fetched": [0x30501073, ECALL],  # csrrw zero, mtvec, zero
    "a loop of one jump": [0x0000006f],
    "an interrupt that is waited for": [0x10500073, 0xffdff06f],  # wfi; j .-4
}


def engines():
    yield ["--backend", "interp"]
    if "asmjit" in kiln_binary.run("info").stdout:
        yield ["--backend", "asmjit"]
        yield ["--backend", "asmjit", "--tier-up", "0"]


class Escape(unittest.TestCase):
    def leave(self, image, engine):
        """Types Ctrl-A x until kiln has taken the terminal and ends; gives its status."""
        here, there = pty.openpty()
        self.addCleanup(os.close, here)
        self.addCleanup(os.close, there)
        before = termios.tcgetattr(there)
        process = subprocess.Popen([kiln_binary.binary(), "run", image, *engine], stdin=there,
                                   stdout=there, stderr=there)
        for _ in range(600):
            try:
                process.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                pass
            while select.select([here], [], [], 0)[0]:
                os.read(here, 4096)
            if termios.tcgetattr(there) != before:
                os.write(here, b"\x01x")
        else:
            process.kill()
            process.wait()
            self.fail("kiln does not leave")
        self.assertEqual(termios.tcgetattr(there), before)
        return process.returncode

    def test_escape(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "guest.bin"
            for name, words in GUESTS.items():
                image.write_bytes(struct.pack(f"<{len(words)}I", *words))
                for engine in engines():
                    with self.subTest(guest=name, engine=engine):
                        self.assertEqual(self.leave(image, engine), 0)


kiln_binary.main()
