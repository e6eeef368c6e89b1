"""bench/linux_compare times what lies between the program's two lines. Emulators of shell stand in."""

import os
import tempfile
import unittest

import arguments

SV39 = "[    0.0] Disabled 4-level and 5-level paging"
BEGIN = "bench: begin"
END = "bench: end after {} ns"


class LinuxCompare(unittest.TestCase):
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

    def emulator(self, name, lines):
        """A program that prints lines, the last one after a pause."""
        said = [f"echo '{line}'" for line in lines]
        path = self.write(name, "\n".join(["#!/bin/sh", *said[:-1], "sleep 0.1", *said[-1:], ""]))
        os.chmod(path, 0o755)
        return path

    def compare(self, qemu, kiln, *options):
        return arguments.run(f"{arguments.given.scripts}/linux_compare", kiln, self.image, "--qemu",
                             qemu, "--kernel", self.image, "--repetitions", "1", *options)

    def test_ratio(self):
        qemu = self.emulator("qemu", [SV39, BEGIN, END.format(3000000000)])
        kiln = self.emulator("kiln", [SV39, BEGIN, END.format(1500000000)])
        path = f"{self.folder}/out.json"
        done = self.compare(qemu, kiln, "--json", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("3.00 s and 1.50 s by the guest's clock", done.stdout)
        result = arguments.read_json(path)
        self.assertAlmostEqual(result["kiln_of_qemu"],
                               result["medians"]["qemu"] / result["medians"]["kiln"])

    def test_a_run_that_went_wrong_gives_no_ratio(self):
        right = self.emulator("qemu", [SV39, BEGIN, END.format(1)])
        for lines, reason in (([SV39, BEGIN, "bench: wrong checksum: sha256"],
                               "never said 'bench: end after'; bench: wrong checksum: sha256"),
                              ([BEGIN, END.format(1)], "kiln: the guest is not limited to Sv39")):
            kiln = self.emulator("kiln", lines)
            done = self.compare(right, kiln)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertTrue(done.stderr.startswith("linux_compare: no ratio: "), done.stderr)
            self.assertIn(reason, done.stderr)

    def test_no_images(self):
        done = self.compare("true", "true", "--kernel", "/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("linux_compare: /nowhere: no such file", done.stderr)


if __name__ == "__main__":
    arguments.main("scripts")
