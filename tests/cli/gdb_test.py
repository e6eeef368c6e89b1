"""With --gdb-jit, gdb names compiled code, and finds its way through it into Kiln's functions."""

import re
import subprocess
import unittest

import kiln_binary


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

    def test_nothing_is_known_without_the_option(self):
        self.assertNotIn("kiln:rv64", "".join(self.backtrace()))


kiln_binary.main()
