"""With --gdb-jit, gdb names compiled code, and finds its way through it into Kiln's functions."""

import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

import kiln_binary


# A loop that reads mscratch: li t1, 50000000; 1: csrr t3, mscratch; addi t2, t2, 1; bne t2, t1, 1b; then the
# test finisher is told to power off.
CSR_LOOP = struct.pack("<9I", 0x02FAF337, 0x08030313, 0x34002E73, 0x00138393, 0xFE639CE3, 0x00100537, 0x000055B7,
                       0x55558593, 0x00B52023)


def gdb(commands, *arguments):
    """What gdb prints while it runs kiln with the arguments."""
    options = [word for command in commands for word in ("-ex", command)]
    return subprocess.run(
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", *options, "--args",
         kiln_binary.binary(), *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120).stdout


class Gdb(unittest.TestCase):
    def backtrace(self, *options):
        # The first instruction of a guest program that native code asks a helper for is a CSR's.
        printed = gdb(("rbreak helper_thunk<", "run", "bt"), "run",
                      kiln_binary.guest("patch_hot.64.elf"), *kiln_binary.native_backend(),
                      "--tier-up", "0", *options)
        return re.findall(r"^#\d+ .*", printed, re.M)

    def test_backtrace_goes_through_native_code(self):
        frames = self.backtrace("--gdb-jit")
        self.assertIn("helper_thunk", frames[0])
        self.assertRegex(frames[1], r" in kiln:rv64:800[0-9a-f]{5} \(\)$")
        self.assertIn("run_native", frames[2])
        self.assertRegex(frames[-1], r" in main \(")

    def test_backtrace_goes_through_regions(self):
        if "llvm" not in kiln_binary.backends():
            return
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "loop"
            image.write_bytes(CSR_LOOP)
            # Only native code calls helpers like this.
            printed = gdb(("rbreak SlowCalls<.*>::helper", "run", "bt", "kill"), "run", str(image), "--backend", "llvm",
                          "--tier-up", "20", "--cache", "off", "--gdb-jit")
        frames = re.findall(r"^#\d+ .*", printed, re.M)
        self.assertIn("helper", frames[0])
        self.assertTrue(any(re.search(r" in kiln:rv64:80000008\+region \(\)$", frame) for frame in frames[1:3]), printed)
        self.assertTrue(any("run_native" in frame for frame in frames[2:4]), printed)
        self.assertRegex(frames[-1], r" in main \(")

    def test_nothing_is_known_without_the_option(self):
        self.assertNotIn("kiln:rv64", "".join(self.backtrace()))


kiln_binary.main()
