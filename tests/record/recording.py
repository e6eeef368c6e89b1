"""Records a run with somebody who types, and repeats it in every way."""

import argparse
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

LIMIT = 250  # seconds that no step takes
_options = None


def main():
    """Takes --kiln, --guests and --images from the command line and runs the caller's tests."""
    global _options
    parser = argparse.ArgumentParser()
    parser.add_argument("--kiln", type=pathlib.Path, required=True)
    parser.add_argument("--guests", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path)
    _options, rest = parser.parse_known_args()
    unittest.main(module="__main__", argv=[__file__] + rest)


def guest(name):
    """The file of a program of tests/guests."""
    return str(_options.guests / name)


def image(name):
    """A file of Debian's guest."""
    return str(_options.images / name)


def engines():
    yield ["--backend", "interp"]
    if "asmjit" in kiln("info").stdout.decode():
        yield ["--backend", "asmjit", "--tier-up", "0"]
        yield ["--backend", "asmjit"]


def kiln(*arguments, **settings):
    return subprocess.run([_options.kiln, *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=LIMIT, **settings)


class Recorder:
    """kiln record with a terminal to type on; what it prints goes to a pipe, as it is."""

    def __init__(self, log, *arguments):
        self.output = b""
        self.seen = 0
        self.terminal, there = pty.openpty()
        self.process = subprocess.Popen([_options.kiln, "record", log, "--state-hash", *arguments], stdin=there,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(there)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.process:
            self.process.kill()
        os.close(self.terminal)

    def _read(self):
        """False: nobody will write any more."""
        if not select.select([self.process.stdout], [], [], 0.1)[0]:
            return True
        read = os.read(self.process.stdout.fileno(), 65536)
        self.output += read
        return bool(read)

    def expect(self, pattern):
        """Waits until `pattern` was printed behind what was expected before."""
        end = time.monotonic() + LIMIT
        while not (match := re.search(pattern, self.output[self.seen:])):
            if time.monotonic() > end or not self._read():
                raise AssertionError(f"{pattern} is not printed: {self.output[-500:]}")
        self.seen += match.end()

    def type(self, keys):
        os.write(self.terminal, keys)

    def send_break(self):
        self.type(b"\x01b")

    def wait_until_longer(self, log):
        """Waits until there is one more record."""
        size = os.path.getsize(log)
        end = time.monotonic() + LIMIT
        while os.path.getsize(log) == size:
            if time.monotonic() > end:
                raise AssertionError("the log does not grow")
            time.sleep(0.01)

    def end(self):
        """The exit status, when everything was printed; `state` is then the line of --state-hash."""
        while self._read():
            pass
        self.state = self.process.stderr.read()
        return self.process.wait(LIMIT)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Recording(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = str(self.folder / "log")
        self.counts = str(self.folder / "counts")

    def retired(self):
        return json.loads(pathlib.Path(self.counts).read_text())["instructions"]

    def check_replays(self, run, status, ways):
        """The run of self.log and self.counts is repeated in all these ways."""
        self.assertRegex(run.state, rb"^state-hash [0-9a-f]{16}\n$")
        retired = self.retired()
        for way in ways:
            with self.subTest(way=way):
                os.remove(self.counts)
                replay = kiln("replay", self.log, "--stats-json", self.counts,
                              "--state-hash", *way)
                self.assertEqual(replay.stderr, run.state)
                self.assertEqual(replay.stdout, run.output)
                self.assertEqual(replay.returncode, status)
                self.assertEqual(self.retired(), retired)
