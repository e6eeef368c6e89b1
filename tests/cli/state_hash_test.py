"""Under --clock icount a guest's state is the same on every backend, at each count of instructions."""

import pathlib
import re
import tempfile
import unittest

import kiln_binary

LIMIT = 124

# Guests that share memory among harts, take interrupts, change their code and their page tables.
GUESTS = [("atomic.64.elf", 4), ("ipi.64.elf", 4), ("remote_code.64.elf", 4), ("same_value.32.elf", 4), ("timer_machine.32.elf", 1),
          ("timer_supervisor.64.elf", 1)]
ENGINES = [("interp",), ("asmjit", "--tier-up", "0"), ("asmjit", "--tier-up", "50"), ("asmjit",)]


def backends():
    return re.search(r"^backends +(.*)$", kiln_binary.run("info").stdout, re.M)[1].split()


def engines():
    return [["--backend", *engine] for engine in ENGINES if engine[0] in backends()]


class StateHashTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = str(pathlib.Path(folder.name) / "log")

    def hash_run(self, *arguments):
        """The exit code, the last line on stderr, and the log."""
        result = kiln_binary.run("run", "--clock", "icount", "--state-hash", "--hash-log", self.log, *arguments)
        self.assertRegex(result.stderr, r"state-hash [0-9a-f]{16}\n\Z")
        log = pathlib.Path(self.log).read_text()
        pathlib.Path(self.log).unlink()
        return result.returncode, result.stderr.splitlines()[-1], log

    def test_guests_are_the_same_on_every_engine(self):
        for guest, harts in GUESTS:
            with self.subTest(guest=guest):
                every = ["--hash-every", "10007", "--limit-instructions", "3000000", "--smp", str(harts)]
                runs = [self.hash_run(*engine, *every, kiln_binary.guest(guest)) for engine in engines()]
                self.assertGreater(len(runs[0][2].splitlines()), 2)
                for run in runs[1:]:
                    self.assertEqual(run, runs[0])

    def test_log_has_the_hash_of_the_end(self):
        log = self.hash_run("--hash-every", "500", "--limit-instructions", "2000", kiln_binary.guest("ipi.64.elf"))
        counts, hashes = zip(*(line.split() for line in log[2].splitlines()))
        self.assertEqual(counts, ("500", "1000", "1500", "2000"))
        self.assertEqual(log[1], "state-hash " + hashes[-1])
        self.assertEqual(log[0], LIMIT)
        self.assertEqual(len(set(hashes)), 4)
        # Whatever was hashed before.
        again = self.hash_run("--hash-every", "2000", "--limit-instructions", "2000", kiln_binary.guest("ipi.64.elf"))
        self.assertEqual(again[1], log[1])

    def test_options_need_each_other(self):
        for arguments in (["--hash-every", "5"], ["--hash-log", self.log],
                          ["--hash-every", "5", "--hash-log", self.log, "--gdb", "0"]):
            result = kiln_binary.run("run", *arguments, kiln_binary.guest("ipi.64.elf"))
            self.assertEqual(result.returncode, 2)
            self.assertEqual(len(result.stderr.splitlines()), 1)


if __name__ == "__main__":
    kiln_binary.main()
