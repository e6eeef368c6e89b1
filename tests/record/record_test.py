"""A guest that answers keys with all its clocks is recorded, and repeated; logs that are no good are refused."""

import os
import pathlib
import shutil
import struct

import recording

INPUT = 65
USAGE = 2
LIMIT_REACHED = 124
# Frames: after the preamble, 8 bytes in front of a payload and 8 behind it.
PREAMBLE, HEAD, TAIL = 12, 8, 8


def frames(log):
    """Where each frame begins, and the file's end."""
    at = PREAMBLE
    while at < len(log):
        yield at
        at += HEAD + struct.unpack_from("<I", log, at)[0] + TAIL
    yield at


class Record(recording.Recording):
    def record(self, *options, xlen=64):
        return recording.Recorder(self.log, recording.guest(f"echo.{xlen}.elf"), "--ram", "16M",
                                  "--stats-json", self.counts, *options)

    def session(self, run):
        """Types what the guest and Kiln know, and ends with 7."""
        run.expect(rb"hello")
        for keys in (b"a", b"bc", b"w", b"t"):
            run.type(keys)
            run.expect(rb"key %#x" % keys[-1])
        run.send_break()
        run.expect(rb"break")
        run.type(b"t" + bytes(range(0x20, 0x40)))  # more than the UART holds
        run.expect(rb"key 0x3f")
        run.type(b"r")
        run.expect(rb"hello")
        run.type(b"d")
        run.expect(rb"key 0x64")
        run.type(b"q")

    def test_session(self):
        for options in ({}, {"xlen": 32}):
            with self.record(**options) as run:
                self.session(run)
                self.assertEqual(run.end(), 7)
            self.check_replays(run, 7, recording.engines())

    def test_harts(self):
        with self.record("--smp", "3", "--backend", "interp") as run:
            self.session(run)
            self.assertEqual(run.end(), 7)
        self.check_replays(run, 7, recording.engines())

    def test_another_folder(self):
        """A recording with relative names is repeated from anywhere."""
        image = self.folder / "image"
        shutil.copy(recording.guest("echo.64.elf"), image)
        recording.kiln("record", self.log, "image", "--ram", "16M", "--limit-instructions", "3000000",
                       cwd=self.folder)
        self.assertEqual(recording.kiln("replay", self.log).returncode, LIMIT_REACHED)

    def test_entropy_is_the_hosts(self):
        """Two recordings differ, by the device tree's seed at least."""
        limit = ["--limit-instructions", "1000000"]
        image = [recording.guest("echo.64.elf"), "--ram", "16M"]
        first, second = (recording.kiln("record", self.log, *image, *limit) for _ in range(2))
        self.assertEqual(first.returncode, LIMIT_REACHED)
        self.assertNotEqual(first.stdout, second.stdout)
        self.assertEqual(recording.kiln("replay", self.log).stdout, second.stdout)

    def test_limit(self):
        with self.record("--limit-instructions", "5000000") as run:
            run.expect(rb"hello")
            run.type(b"a")
            self.assertEqual(run.end(), LIMIT_REACHED)
        self.check_replays(run, LIMIT_REACHED, recording.engines())

    def test_the_user_leaves(self):
        with self.record() as run:
            run.expect(rb"hello")
            run.type(b"t")
            run.expect(rb"key 0x74")
            run.type(b"\x01x")
            self.assertEqual(run.end(), 0)
        self.check_replays(run, 0, recording.engines())

    def test_killed(self):
        """What a killed recorder leaves is repeated as far as it goes."""
        with self.record() as run:
            run.expect(rb"hello")
            run.type(b"abc")
            run.expect(rb"key 0x63.*\n")
            run.wait_until_longer(self.log)
            run.kill()
            run.end()
        for engine in recording.engines():
            replay = recording.kiln("replay", self.log, *engine)
            self.assertRegex(replay.stderr, rb"^kiln: .*/log: is truncated: .* instruction \d+.*\n$")
            self.assertEqual(replay.returncode, INPUT)
            self.assertTrue(replay.stdout.startswith(run.output))


class BadLog(recording.Recording):
    def setUp(self):
        super().setUp()
        self.image = str(self.folder / "image")
        shutil.copy(recording.guest("echo.64.elf"), self.image)
        self.output = recording.kiln("record", self.log, self.image, "--ram", "16M",
                                     "--limit-instructions", "3000000").stdout
        self.bytes = pathlib.Path(self.log).read_bytes()

    def refused(self, reason, name=None):
        replay = recording.kiln("replay", self.log)
        self.assertEqual(replay.stderr.decode(), f"kiln: {name or self.log}: {reason}\n")
        self.assertEqual(replay.returncode, INPUT)
        self.assertEqual(replay.stdout, b"")

    def write(self, data):
        pathlib.Path(self.log).write_bytes(data)

    def test_foreign(self):
        for data in (b"\x7fELF" + bytes(100), self.bytes[:8], b"x"):
            self.write(data)
            self.refused("is not a recording of Kiln")
        self.write(b"")
        self.refused("is empty")
        os.remove(self.log)
        self.refused("cannot open: No such file or directory")

    def test_version(self):
        self.write(self.bytes[:8] + b"\x02" + self.bytes[9:])
        self.refused("is a recording of version 2; this is a Kiln of 1")

    def test_damaged(self):
        """No byte can change unnoticed."""
        starts = list(frames(self.bytes))
        self.assertEqual(starts[-1], len(self.bytes))
        self.assertGreater(len(starts), 3)
        for i in (PREAMBLE, starts[1] - 1, *starts[1:-1], starts[1] + HEAD, len(self.bytes) - 1):
            self.write(self.bytes[:i] + bytes([self.bytes[i] ^ 0x40]) + self.bytes[i + 1:])
            frame = max(start for start in starts if start <= i)
            self.refused("is damaged: its header is not as it was written" if frame == PREAMBLE
                         else f"is damaged at byte {frame}")
        self.write(self.bytes[:starts[1]] + self.bytes[starts[2]:])
        self.refused(f"is damaged at byte {starts[1]}")
        self.write(self.bytes + b"more")
        self.refused(f"is damaged at byte {len(self.bytes)}")

    def test_truncated(self):
        starts = list(frames(self.bytes))
        self.write(self.bytes[:starts[1] - 1])
        self.refused("is truncated: its header is not whole")
        for size in (starts[1], starts[2], starts[-2], len(self.bytes) - 1):
            self.write(self.bytes[:size])
            replay = recording.kiln("replay", self.log)
            self.assertIn(b"log: is truncated: the recording stops at instruction", replay.stderr)
            self.assertEqual(replay.returncode, INPUT)
            self.assertTrue(self.output.startswith(replay.stdout))

    def test_changed_files(self):
        with open(self.image, "r+b") as file:
            file.seek(0x1000)
            byte = file.read(1)
            file.seek(0x1000)
            file.write(bytes([byte[0] ^ 1]))
        self.refused("has changed since the recording was made", self.image)
        os.remove(self.image)
        self.refused("cannot open: No such file or directory", self.image)
        os.symlink("/dev/zero", self.image)
        self.refused("is neither a regular file nor a block device", self.image)

    def test_record_is_refused(self):
        for options, reason in ((["--clock", "host"], "--clock: a recorded run has only icount"),
                                (["--gdb", "0"], "--gdb: record first, then debug with kiln replay"),
                                (["--dump-dtb", "x"], "--dump-dtb: runs nothing; use kiln run")):
            run = recording.kiln("record", self.log, self.image, *options)
            self.assertEqual(run.stderr.decode(), f"kiln: {reason}\n")
            self.assertEqual(run.returncode, USAGE)
        for log, reason in ((str(self.folder), "is not a regular file"),
                            (f"{self.folder}/none/log", "cannot create: No such file or directory")):
            run = recording.kiln("record", log, self.image)
            self.assertEqual(run.stderr.decode(), f"kiln: {log}: {reason}\n")
            self.assertEqual(run.returncode, INPUT)

    def test_a_log_is_replaced_only_by_a_run(self):
        run = recording.kiln("record", self.log, "/dev/null")
        self.assertEqual(run.returncode, INPUT)
        self.assertEqual(pathlib.Path(self.log).read_bytes(), self.bytes)
        self.assertEqual(sorted(os.listdir(self.folder)), ["image", "log"])


recording.main()
