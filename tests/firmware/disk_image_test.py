#!/usr/bin/env python3
"""tools/pack_disk_image refuses what it cannot pack, and its images say what is wrong with them.

Usage: disk_image_test.py BOOT.bin PROGRAM.bin
"""
import os
import subprocess
import sys
import tempfile
import unittest

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACK = os.path.join(PROJECT, "tools", "pack_disk_image")
QEMU = ["qemu-system-i386", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
SECTOR = 512
HEADER = 16 * SECTOR
PROGRAM = 24 * SECTOR
BOOT_FAILED = 3  # (1 << 1) | 1
BOOT, FLAT = None, None  # set by the command line


def padded(size, data):
    return data + bytes(-len(data) % size)


def cpio_of(size):
    """A newc archive (cpio(5)) of one file of zeros."""
    name = b"model.bin\0"
    fields = [1, 0o100644, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields)
    return padded(4, head + name) + padded(4, bytes(size))


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def pack(self, *options, boot=None, program=None):
        return subprocess.run([PACK, "--boot", boot or BOOT, "--program", program or FLAT, *options,
                               self.path("disk.img")], capture_output=True, text=True, check=False)


class Packing(Folder):
    def refused(self, code, words, *options, **files):
        result = self.pack(*options, **files)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(words, result.stderr)
        self.assertFalse([name for name in os.listdir(self.folder) if name.startswith("disk.img")])

    def test_wrong_inputs(self):
        with open(FLAT, "rb") as file:
            flat = file.read()
        self.refused(65, "No such file", program=self.path("absent"))
        self.refused(65, "is empty", program=self.write("empty", b""))
        self.refused(65, "is not a flat BareFlow program", program=BOOT)
        self.refused(65, "is truncated", program=self.write("short", flat[:-1]))
        self.refused(65, "is not BareFlow's boot code", boot=FLAT)
        self.refused(65, "is not a cpio archive", "--initrd", BOOT)

    def test_wrong_usage(self):
        self.refused(2, "is no size", "--size", "10X")
        self.refused(2, "is more than", "--size", "3000G")
        self.refused(2, "is longer than 1023 bytes", "--append", "x" * 1024)

    def test_size(self):
        for least, megabytes in (("10M", 10), ("12M", 12)):
            self.assertEqual(self.pack("--size", least).returncode, 0)
            self.assertEqual(os.path.getsize(self.path("disk.img")), megabytes << 20)
        initrd = self.write("initrd", cpio_of(11 << 20))
        self.assertEqual(self.pack("--initrd", initrd).returncode, 0)
        self.assertGreater(os.path.getsize(self.path("disk.img")), 11 << 20)

    def test_place_of_the_partition_table_is_empty(self):
        self.assertEqual(self.pack().returncode, 0)
        with open(self.path("disk.img"), "rb") as file:
            sector = file.read(SECTOR)
        self.assertEqual(sector[440:], bytes(70) + b"\x55\xaa")


class Damage(Folder):
    def setUp(self):
        super().setUp()
        initrd = self.write("initrd", cpio_of(1 << 20))
        self.assertEqual(self.pack("--initrd", initrd).returncode, 0)
        self.image = self.path("disk.img")

    def fails(self, words, *options):
        command = [*QEMU, "-drive", f"file={self.image},format=raw", *options]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                                check=False)
        self.assertIn("BareFlow: cannot boot: " + words, result.stdout.decode(errors="replace"))
        self.assertEqual(result.returncode, BOOT_FAILED)

    def change(self, place):
        with open(self.image, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1]))

    def test_truncated_in_the_boot_code(self):
        os.truncate(self.image, 3 * SECTOR)
        self.fails("the boot code cannot be read")

    def test_truncated_in_the_header(self):
        os.truncate(self.image, HEADER)
        self.fails("cannot read the disk at sector 16")

    def test_truncated_later(self):
        os.truncate(self.image, (10 << 20) - SECTOR)
        self.fails("the disk image is truncated: it should have 20480 sectors")

    def test_damaged_boot_code(self):
        self.change(HEADER - 1)
        self.fails("the boot code on the disk is damaged")

    def test_no_header(self):
        self.change(HEADER)
        self.fails("the disk has no BareFlow header at sector 16")

    def test_damaged_header(self):
        self.change(HEADER + 1000)
        self.fails("the disk's header is damaged")

    def test_damaged_program(self):
        self.change(PROGRAM + 1000)
        self.fails("the program on the disk is damaged")

    def test_damaged_initrd(self):
        self.change(PROGRAM + os.path.getsize(FLAT) + (1 << 20))
        self.fails("the initial RAM disk is damaged")

    def test_too_little_ram(self):
        self.fails("there is too little RAM: the program needs", "-m", "1M")
        self.fails("there is too little RAM for the initial RAM disk", "-m", "2M")

    def test_too_old_a_processor(self):
        self.fails("the processor has no SSE2", "-cpu", "pentium3")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    BOOT, FLAT = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
