"""--snapshot-at and kiln resume: a run that goes on from a file is the run that did not stop."""

import pathlib
import re
import tempfile
import unittest

import kiln_binary

USAGE = 2
INPUT = 65
LIMIT = 124
GUEST = "ipi.64.elf"
END = ["--limit-instructions", "60000", "--state-hash"]


def backends():
    return re.search(r"^backends +(.*)$", kiln_binary.run("info").stdout, re.M)[1].split()


class SnapshotTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "snapshot"

    def run_guest(self, *arguments, guest=GUEST):
        return kiln_binary.run("run", "--clock", "icount", "--smp", "3", "--ram", "64M", *arguments,
                               kiln_binary.guest(guest))

    def take(self, at="20011", backend="interp"):
        result = self.run_guest("--snapshot-at", at, str(self.file), "--limit-instructions", "30000",
                                "--backend", backend)
        self.assertEqual((result.returncode, result.stderr), (LIMIT, ""))

    def refused(self, reason, *arguments):
        """One line that names the file and the reason."""
        result = kiln_binary.run("resume", str(self.file), *arguments)
        self.assertEqual(result.returncode, INPUT, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(f"{self.file}: {reason}", result.stderr)

    def test_goes_on_on_every_backend(self):
        expected = self.run_guest(*END)
        self.assertRegex(expected.stderr, r"state-hash [0-9a-f]{16}\n\Z")
        for taken_on in backends():
            self.take(backend=taken_on)
            for backend in backends():
                resumed = kiln_binary.run("resume", str(self.file), "--backend", backend, "--tier-up", "0", *END[:3])
                self.assertEqual((resumed.returncode, resumed.stderr), (LIMIT, expected.stderr))

    def test_guest_under_the_hosts_clock_ends_as_it_would(self):
        whole = kiln_binary.run("run", kiln_binary.guest("timer_machine.64.elf"))
        taken = kiln_binary.run("run", "--snapshot-at", "5000", str(self.file), "--limit-instructions", "5000",
                                kiln_binary.guest("timer_machine.64.elf"))
        resumed = kiln_binary.run("resume", str(self.file))
        self.assertEqual(taken.returncode, LIMIT)
        self.assertEqual(resumed.returncode, whole.returncode)
        self.assertEqual(taken.stdout + resumed.stdout, whole.stdout)

    def test_snapshot_of_a_resumed_run(self):
        self.take()
        again = self.folder / "again"
        kiln_binary.run("resume", str(self.file), "--snapshot-at", "40003", str(again), "--limit-instructions", "50000")
        resumed = kiln_binary.run("resume", str(again), *END)
        self.assertEqual(resumed.stderr, self.run_guest(*END).stderr)

    def test_sparse_and_small(self):
        self.take()
        self.assertLess(self.file.stat().st_size, 200_000)

    def test_damaged_files_are_refused(self):
        self.take()
        whole = self.file.read_bytes()
        for size in (0, 1, 8, 23, 24, 60, 150, len(whole) // 2, len(whole) - 1):
            with self.subTest(size=size):
                self.file.write_bytes(whole[:size])
                self.refused("")
        for at in list(range(0, 200)) + list(range(200, len(whole), max(1, len(whole) // 40))):
            with self.subTest(at=at):
                self.file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
                self.refused("")
        self.file.write_bytes(whole + b"x")
        self.refused("is damaged")
        self.file.write_bytes(pathlib.Path(kiln_binary.guest(GUEST)).read_bytes())
        self.refused("is not a snapshot of Kiln")
        self.file.write_bytes(whole[:8] + b"\x09" + whole[9:])
        self.refused("is a snapshot of version 9")
        self.file.unlink()
        self.refused("cannot open")

    def test_drives(self):
        drive = self.folder / "drive"
        drive.write_bytes(b"\1" * 4096)
        result = self.run_guest("--drive", str(drive), "--snapshot-at", "100", str(self.file))
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("cannot hold what the guest writes", result.stderr)
        self.assertFalse(self.file.exists())
        self.run_guest("--drive", f"{drive},ro", "--snapshot-at", "100", str(self.file), "--limit-instructions", "100")
        self.assertEqual(kiln_binary.run("resume", str(self.file), "--limit-instructions", "200").returncode, LIMIT)
        drive.write_bytes(b"\2" * 4096)
        result = kiln_binary.run("resume", str(self.file))
        self.assertEqual(result.returncode, INPUT)
        self.assertIn(f"{drive}: has changed", result.stderr)

    def test_wrong_use(self):
        late = self.run_guest("--snapshot-at", "30000", str(self.file), "--limit-instructions", "20000")
        self.assertEqual(late.returncode, INPUT)
        self.assertIn("ended before it had begun 30000 instructions", late.stderr)
        self.assertFalse(self.file.exists())
        self.take()
        for arguments, text in ((["--signature", "x"], "--signature"), (["--ram", "1G"], "--ram")):
            result = kiln_binary.run("resume", str(self.file), *arguments)
            self.assertEqual(result.returncode, USAGE)
            self.assertIn(text, result.stderr)
        result = self.run_guest("--snapshot-at", "10", str(self.folder / "missing" / "x"))
        self.assertEqual(result.returncode, INPUT)


if __name__ == "__main__":
    kiln_binary.main()
