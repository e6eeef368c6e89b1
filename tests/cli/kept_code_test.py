"""What runs leave to each other in the folder of kept code: it makes later ones faster, whatever happened to the
folder, and changes nothing for the guest."""

import json
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import kiln_binary

LIMIT = 124
# Regions are compiled while the guest waits: how many there are depends on the guest alone.
WAITING = ("--backend", "llvm", "--tier-up", "200")
# They are compiled meanwhile.
MEANWHILE = ("--backend", "tiered", "--tier-up", "5")
SECONDS = 60

# 1: addi t2, t2, 1; j 1b
ENDLESS = struct.pack("<2I", 0x00138393, 0xFFDFF06F)
# li t2, 0; lui t1, 256; 1: addi t2, t2, 1; bne t2, t1, 1b; then the test finisher is told to reset.
RESETS = struct.pack("<8I", 0x00000393, 0x00100337, 0x00138393, 0xFE639EE3, 0x00100537, 0x000075B7,
                     0x77758593, 0x00B52023)


def hot_loops(count):
    """So many loops that differ, each 16384 times: li t2, 0; 1: addi t2, t2, 1; addi t3, t3, NUMBER; bne t2, t1, 1b. Then
    the test finisher is told that all is well."""
    loops = [word for i in range(count) for word in (0x00000393, 0x00138393, 0x000E0E13 | i << 20, 0xFE639CE3)]
    words = [0x00004337, *loops, 0x00100537, 0x000055B7, 0x55558593, 0x00B52023]
    return struct.pack(f"<{len(words)}I", *words)


def truncate(file):
    file.write_bytes(file.read_bytes()[:-1])


def empty(file):
    file.write_bytes(b"")


def flip_a_bit(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


def flip_a_bit_of_the_header(file):
    content = bytearray(file.read_bytes())
    content[17] ^= 1
    file.write_bytes(content)


def lengthen(file):
    file.write_bytes(file.read_bytes() + bytes(100))


def let_others_write(file):
    file.chmod(0o666)


def link_elsewhere(file):
    moved = file.with_suffix(".moved")
    file.rename(moved)
    file.symlink_to(moved)


DAMAGES = (truncate, empty, flip_a_bit, flip_a_bit_of_the_header, lengthen, let_others_write, link_elsewhere)


class KeptCode(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.folder = self.scratch / "cache"
        self.guest = self.image(hot_loops(8))
        self.runs = 0

    def command(self, *options, image=None):
        """A command, and where it writes its statistics."""
        self.runs += 1
        stats = self.scratch / f"stats-{self.runs}"
        return ([str(kiln_binary.binary()), "run", image or self.guest, "--cache", str(self.folder), "--log", "cache,regions",
                 "--clock", "icount", "--state-hash", "--stats-json", str(stats), *options], stats)

    def start(self, *options, image=None):
        command, stats = self.command(*options, image=image)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True), stats

    def finish(self, started, status=0):
        """The hash, the lines of the log, and what the statistics say of regions."""
        process, stats = started
        errors = process.communicate(timeout=SECONDS)[1].splitlines()
        self.assertEqual(process.returncode, status, errors)
        log = [line for line in errors if line.startswith("cache: ")]
        return errors[-1], log, json.loads(stats.read_text())["regions"]

    def run_guest(self, *options, image=None, status=0):
        return self.finish(self.start(*options, image=image), status)

    def entries(self, suffix=".code"):
        return sorted(self.folder.glob("*" + suffix))

    def image(self, code):
        file = self.scratch / f"image-{len(code)}"
        file.write_bytes(code)
        return str(file)

    def test_the_log_tells_of_regions(self):
        for way in "compiled", "loaded":
            process, _ = self.start(*WAITING, "--limit-instructions", "100000", image=self.image(ENDLESS))
            errors = process.communicate(timeout=SECONDS)[1]
            line = rf"^regions: 0x80000000: 1 blocks, 2 instructions, [0-9]+ bytes, {way} in [0-9.]+ ms$"
            self.assertRegex(errors, re.compile(line, re.MULTILINE))

    def fill(self):
        """The state's hash and the number of regions of a run that finds nothing, and keeps all."""
        state, log, regions = self.run_guest(*WAITING)
        self.assertEqual((log, regions["kept"], regions["known"]), ([], 0, 0))
        self.assertGreater(regions["regions"], 5)
        return state, regions["regions"]

    def check_all_is_found(self, state, count):
        """The next run finds all, and computes the same."""
        found, log, regions = self.run_guest(*WAITING)
        self.assertEqual((found, log), (state, []))
        self.assertEqual((regions["kept"], regions["regions"]), (count, count))
        self.assertGreater(regions["known"], 5)

    def test_second_run_compiles_nothing(self):
        alone = self.run_guest("--backend", "interp")
        self.assertFalse(self.folder.exists())
        state, count = self.fill()
        self.assertEqual(state, alone[0])
        self.assertEqual(len(self.entries(".profile")), 1)
        self.check_all_is_found(state, count)

    def test_overwritten_code(self):
        """Which versions of a guest's code become hot depends on when what is known came into use."""
        guest = kiln_binary.guest("patch_hot.64.elf")
        state = self.run_guest("--backend", "interp", image=guest)[0]
        for known in False, True:
            found, log, regions = self.run_guest(*WAITING, image=guest)
            self.assertEqual((found, log, regions["known"] > 0), (state, [], known))
            self.assertGreaterEqual(regions["kept"], 5 * known)

    def test_off(self):
        for _ in range(2):
            regions = self.run_guest(*WAITING, "--cache", "off")[2]
            self.assertEqual((regions["kept"], regions["known"]), (0, 0))
        self.assertFalse(self.folder.exists())

    def test_damaged_code(self):
        state, count = self.fill()
        for damage in DAMAGES:
            with self.subTest(damage=damage.__name__):
                files = self.entries()
                for file in files:
                    damage(file)
                found, log, regions = self.run_guest(*WAITING)
                self.assertEqual((found, regions["kept"]), (state, 0))
                self.assertEqual(regions["regions"], count)
                named = [file for file in files if any(str(file) in line for line in log)]
                self.assertEqual(len(named), len(files), log)
                # It was replaced.
                self.check_all_is_found(state, count)

    def test_code_of_others(self):
        """Whole entries, under each other's names."""
        state, count = self.fill()
        files = self.entries()
        contents = [file.read_bytes() for file in files]
        for file, content in zip(files, contents[1:] + contents[:1]):
            file.write_bytes(content)
        found, log, regions = self.run_guest(*WAITING)
        self.assertEqual((found, regions["kept"], len(log)), (state, 0, len(files)))
        self.check_all_is_found(state, count)

    def test_damaged_profile(self):
        state, count = self.fill()
        for damage in DAMAGES:
            with self.subTest(damage=damage.__name__):
                profile, = self.entries(".profile")
                damage(profile)
                found, log, regions = self.run_guest(*WAITING)
                self.assertEqual((found, regions["known"]), (state, 0))
                # The code is found all the same when it is hot.
                self.assertEqual(regions["kept"], count)
                self.assertTrue(any(str(profile) in line for line in log), log)
                self.check_all_is_found(state, count)

    def test_folder_that_others_can_write(self):
        state, count = self.fill()
        before = {file: file.read_bytes() for file in self.folder.iterdir()}
        self.folder.chmod(0o777)
        found, log, regions = self.run_guest(*WAITING)
        self.assertEqual((found, regions["kept"], regions["known"]), (state, 0, 0))
        self.assertTrue(log)
        for line in log:
            self.assertIn(f"{self.folder}: can be written by others", line)
        self.assertEqual({file: file.read_bytes() for file in self.folder.iterdir()}, before)
        self.folder.chmod(0o700)
        self.check_all_is_found(state, count)

    def test_folder_that_cannot_be(self):
        self.folder.write_text("a file")
        state = self.run_guest(*WAITING, "--cache", "off")[0]
        found, log, regions = self.run_guest(*WAITING)
        self.assertEqual((found, regions["kept"]), (state, 0))
        self.assertTrue(log)

    def test_several_at_once(self):
        started = [self.start(*WAITING) for _ in range(4)]
        states = {self.finish(one)[0] for one in started}
        self.assertEqual(len(states), 1)
        state, count = states.pop(), self.run_guest(*WAITING)[2]["regions"]
        self.check_all_is_found(state, count)
        started = [self.start(*WAITING) for _ in range(4)]
        for one in started:
            found, log, regions = self.finish(one)
            self.assertEqual((found, log, regions["kept"]), (state, [], count))

    def test_killed_at_any_moment(self):
        state, count = self.fill()
        dice = random.Random(1)
        for _ in range(12):
            for file in dice.sample(self.entries(), min(5, len(self.entries()))):
                file.unlink()
            process, _ = self.start(*WAITING)
            time.sleep(dice.uniform(0, 0.2))
            process.kill()
            process.communicate()
        found, log, regions = self.run_guest(*WAITING)
        self.assertEqual((found, log, regions["regions"]), (state, [], count))
        self.check_all_is_found(state, count)

    def test_meanwhile(self):
        """With a thread of its own what is compiled in time differs: sooner or later all is."""
        image = self.image(ENDLESS)
        for _ in range(50):
            regions = self.run_guest(*MEANWHILE, "--limit-instructions", "100000000", image=image, status=LIMIT)[2]
            if regions["kept"] > 0:
                break
        self.assertGreater(regions["known"], 0)
        self.assertEqual(regions["kept"], regions["regions"])

    def wait_for_code(self, process):
        """Until an object was kept: a region was asked for by then."""
        for _ in range(SECONDS * 20):
            if self.entries():
                return
            self.assertIsNone(process.poll())
            time.sleep(0.05)
        self.fail("nothing is kept")

    def test_signals(self):
        image = self.image(ENDLESS)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                started = self.start(*MEANWHILE, image=image)
                self.wait_for_code(started[0])
                started[0].send_signal(number)
                self.assertEqual(self.finish(started, -number)[1], [])
                self.assertEqual(len(self.entries(".profile")), 1)
                regions = self.run_guest(*MEANWHILE, "--limit-instructions", "1000", image=image, status=LIMIT)[2]
                self.assertEqual(regions["known"], 1)
                for file in self.folder.iterdir():
                    file.unlink()

    def test_ignored_signals(self):
        """What nohup asks for."""
        self.addCleanup(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_IGN))
        started = self.start(*MEANWHILE, image=self.image(ENDLESS))
        started[0].send_signal(signal.SIGHUP)
        self.wait_for_code(started[0])
        started[0].send_signal(signal.SIGHUP)
        with self.assertRaises(subprocess.TimeoutExpired):
            started[0].wait(0.5)
        started[0].send_signal(signal.SIGTERM)
        self.finish(started, -signal.SIGTERM)

    def test_reset(self):
        """The guest finds after a reset what was hot in front of it."""
        found, log, regions = self.run_guest(*WAITING, "--limit-instructions", "10000000", image=self.image(RESETS),
                                             status=LIMIT)
        self.assertTrue(found.startswith("state-hash "))
        self.assertEqual((log, regions["known"], regions["kept"]), ([], regions["regions"], regions["regions"]))
        self.assertGreater(regions["known"], 0)


kiln_binary.main()
