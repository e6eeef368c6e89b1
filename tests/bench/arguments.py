"""What the tests of this folder share."""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest


def main(*names):
    """Takes --NAME VALUE for each name from the command line and runs the caller's tests."""
    global given
    parser = argparse.ArgumentParser()
    for name in names:
        parser.add_argument(f"--{name}", required=True)
    given, rest = parser.parse_known_args()
    unittest.main(module="__main__", argv=[sys.argv[0]] + rest)


def run(*command):
    """Runs a command without input."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=240, check=False)


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def backends(kiln):
    """(all backends of that build, the default one)."""
    info = run(kiln, "info").stdout
    return (re.search(r"^backends +(.*)$", info, re.MULTILINE)[1].split(),
            re.search(r"^default +(\S+)$", info, re.MULTILINE)[1])


class WithStubs(unittest.TestCase):
    """Tests with emulators of shell, in a folder of their own."""

    BACKENDS = ("interp", "slow")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.image = self.write("image", "")

    def write(self, name, text):
        path = f"{self.folder}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def emulator(self, name, lines, script=""):
        """A program that knows `info` as kiln does, else runs `script` and prints lines, the last one
        after a pause: twice as long where it is called with the backend "slow"."""
        said = [f"echo {shlex.quote(line)}" for line in lines]
        path = self.write(name, "\n".join([
            "#!/bin/sh", 'if [ "$1" = info ]; then',
            f"echo 'backends  {' '.join(self.BACKENDS)}'", f"echo 'default   {self.BACKENDS[0]}'", "exit", "fi",
            script, *said[:-1], "sleep 0.1", 'case " $* " in *" --backend slow "*) sleep 0.1;; esac',
            *said[-1:], ""]))
        os.chmod(path, 0o755)
        return path

    def script(self, name, *options):
        return run(f"{given.scripts}/{name}", *options, "--repetitions", "1")

    def assert_refused(self, done, name, reason):
        """There is one line that says why, and no figures."""
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr.startswith(f"{name}: no ratios: "), done.stderr)
        self.assertIn(reason, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)


def with_wrong_checksum(kernels, name, folder):
    """A manifest of `empty` and a copy of a kernel that expects another checksum."""
    manifest = read_json(kernels)
    by_name = {kernel["name"]: kernel for kernel in manifest["kernels"]}
    kernel = by_name[name]
    checksum = int(run(kernel["host"]).stdout.split()[0], 16).to_bytes(8, "little")
    with open(kernel["elf"], "rb") as file:
        elf = file.read()
    assert elf.count(checksum) == 1
    wrong = f"{folder}/wrong.elf"
    with open(wrong, "wb") as file:
        file.write(elf.replace(checksum, bytes(8)))
    manifest["kernels"] = [by_name["empty"], {**kernel, "elf": wrong}]
    path = f"{folder}/wrong.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(manifest, file)
    return path
