"""Every input that cannot be used ends in one line that names it, and in the right exit status."""

import fcntl
import os
import pathlib
import shutil
import struct
import tempfile
import unittest

import kiln_binary

USAGE = 2
INPUT = 65
RAM = 0x8000_0000
EM_X86_64 = 62
EM_RISCV = 243


def elf(segments=((RAM, b"code"),), machine=EM_RISCV, wide=True, kind=2):
    """An ELF executable with loadable segments of (address, content)."""
    header_size, entry_size = (64, 56) if wide else (52, 32)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    header = ident + struct.pack("<HHI" + ("QQQ" if wide else "III") + "IHHHHHH", kind, machine, 1,
                                 segments[0][0], header_size, 0, 0, header_size, entry_size,
                                 len(segments), 0, 0, 0)
    offset = header_size + entry_size * len(segments)
    table = contents = b""
    for address, content in segments:
        size = len(content)
        place = offset + len(contents)
        if wide:
            table += struct.pack("<IIQQQQQQ", 1, 5, place, address, address, size, size, 4)
        else:
            table += struct.pack("<IIIIIIII", 1, place, address, address, size, size, 5, 4)
        contents += content
    return header + table + contents


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.good = self.write("good.elf", elf())

    def write(self, name, content):
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def check(self, status, named, reason, *arguments, **settings):
        """Runs kiln and expects `status` and one line with both texts."""
        before = sorted(os.listdir(self.folder))
        result = kiln_binary.run(*arguments, **settings)
        with self.subTest(arguments=arguments, stderr=result.stderr):
            self.assertEqual(result.returncode, status)
            self.assertEqual(result.stdout, "")
            self.assertRegex(result.stderr, r"\Akiln: [^\n]*\n\Z")
            self.assertIn(named, result.stderr)
            self.assertIn(reason, result.stderr)
            self.assertEqual(sorted(os.listdir(self.folder)), before, "a file was left behind")

    def check_input(self, name, reason, *arguments, **settings):
        self.check(INPUT, name, reason, *arguments, **settings)

    def check_usage(self, option, reason, *arguments):
        self.check(USAGE, option, reason, *arguments)

    def test_files_that_are_none(self):
        missing = str(self.folder / "missing")
        empty = self.write("empty", b"")
        pipe = str(self.folder / "pipe")
        os.mkfifo(pipe)
        for name, reason in ((missing, "No such file or directory"),
                             (str(self.folder), "is a directory"),
                             (empty, "is empty"),
                             (pipe, "is not a regular file"),
                             ("/dev/zero", "is not a regular file")):
            self.check_input(name, reason, "run", name)
            self.check_input(name, reason, "disasm", name)
            self.check_input(name, reason, "run", "--kernel", name)
            self.check_input(name, reason, "run", "--bios", name)
            self.check_input(name, reason, "run", "--kernel", self.good, "--bios", "none",
                             "--initrd", name)
            self.check_input(name, reason, "run", self.good, "--dtb", name)
        for name, reason in ((missing, "No such file or directory"),
                             (str(self.folder), "is a directory"), (empty, "")):
            self.check_input(name, reason, "run", self.good, "--drive", name)

    def test_control_characters_in_a_name(self):
        self.check_input(r"a\x0ab\x1b[1m", "No such file", "run", "a\nb\x1b[1m")

    def test_truncated_elf(self):
        whole = elf()
        for size in range(4, len(whole)):
            name = self.write("cut.elf", whole[:size])
            self.check_input(name, "truncated", "run", name)

    def test_wrong_elf(self):
        for content, reason in (
                (elf(machine=EM_X86_64), "is an ELF for machine 62"),
                (elf(kind=3), "position-independent"),
                (elf(kind=1), "not linked yet"),
                (elf(((0x1000, b"code"),)), "lies outside RAM"),
                (elf(((RAM + 2**32, b"code"),)), "lies outside RAM"),
                (elf(((2**64 - 2, b"code"),)), "wrap around"),
                (elf(((RAM, b"code"), (RAM + 2, b"more"))), "segments overlap")):
            name = self.write("wrong.elf", content)
            self.check_input(name, reason, "run", name)
        narrow = self.write("narrow.elf", elf(wide=False))
        for command in ("run", "disasm"):
            self.check_input(narrow, "is a 32-bit ELF, but the guest is rv64", command, narrow,
                             "--isa", "rv64i")
            self.check_input(self.good, "is a 64-bit ELF, but the guest is rv32", command,
                             self.good, "--isa", "rv32i")

    def test_host_program(self):
        name = str(kiln_binary.binary())
        self.check_input(name, "is an ELF for machine 62", "run", name)

    def test_flat_binary_outside_ram(self):
        name = self.write("flat.bin", b"code")
        self.check_input(name, "lies outside RAM", "run", name, "--load-address", "0x1000")
        self.check_input(name, "wraps around", "run", name, "--load-address", hex(2**64 - 1))

    def test_boot_that_does_not_fit(self):
        boot = ("run", "--bios", self.write("fw.bin", b"firmware"), "--ram", "16M", "--kernel")
        large = self.write("large", bytes(15 << 20))
        small = self.write("small", b"kernel")
        packed = self.write("kernel.gz", b"\x1f\x8b\x08\x00")
        self.check_input(large, "the kernel (0xf00000 bytes at 0x80200000) does not fit into RAM",
                         *boot, large)
        self.check_input(large, "the initrd (0xf00000 bytes) is too large", *boot, small,
                         "--initrd", large)
        self.check_input(packed, "is compressed (gzip)", *boot, packed)

    def test_device_trees(self):
        for content in (b"not a device tree", b"\xd0\x0d\xfe\xed", b"\xd0\x0d\xfe\xed" + bytes(60)):
            name = self.write("bad.dtb", content)
            self.check_input(name, "", "run", self.good, "--dtb", name)

    def test_isa(self):
        for isa in ("", "rv16i", "rv64", "rv64iq", "rv64i_zfoo", "rv64i__zba"):
            self.check_usage("--isa", "", "run", self.good, f"--isa={isa}")
            self.check_usage("--isa", "", "disasm", self.good, f"--isa={isa}")

    def test_ram(self):
        for size in ("0", "127T", "16777215T", "12Q", "", "-1", "4097K"):
            self.check_usage("--ram", "", "run", self.good, f"--ram={size}")

    def test_wrong_usage(self):
        self.check_usage("", "no command given")
        self.check_usage("nonsense", "", "nonsense")
        self.check_usage("nothing to run", "", "run")
        self.check_usage("--nonsense", "", "run", self.good, "--nonsense")
        self.check_usage("--smp", "out of range", "run", self.good, "--smp", "9")
        self.check_usage("--backend", "nonsense", "run", self.good, "--backend", "nonsense")
        self.check_usage("--log", "nonsense", "run", self.good, "--log", "nonsense")
        self.check_usage("--perf", "nonsense", "run", self.good, "--perf", "nonsense")
        self.check_usage("nothing to run", "jitdump", "jitdump")
        self.check_usage("--dump-dtb", "", "jitdump", self.good, "--dump-dtb", "x")
        self.check_usage("--console", "nowhere", "jitdump", self.good, "--console", "nowhere")
        self.check_usage("--hottest", "out of range", "jitdump", self.good, "--hottest", "0")
        self.check_usage("--symbol", "only one", "jitdump", self.good, "--pc", "1", "--symbol", "x")

    def test_backend_without_native_code(self):
        interpreter = (self.good, "--backend", "interp")
        reason = "the backend 'interp' makes no native code"
        self.check_usage("jitdump", reason, "jitdump", *interpreter)
        self.check_usage("--perf", reason, "run", *interpreter, "--perf", "map")
        self.check_usage("--perf", reason, "run", *interpreter, "--perf", "jitdump")
        self.check_usage("--gdb-jit", reason, "run", *interpreter, "--gdb-jit")
        self.check_usage("--kernel", "IMAGE", "run", self.good, "--kernel", self.good)

    def test_locked_drive(self):
        name = self.write("disk.img", bytes(512))
        with open(name, "r+b") as disk:
            # struct flock: type, whence, start, length (0: to the end), process (0: by file)
            lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            fcntl.fcntl(disk, fcntl.F_OFD_SETLK, lock)
            self.check_input(name, "lock", "run", self.good, "--drive", name)
            self.check_input(name, "lock", "run", self.good, "--drive", name + ",ro")
        self.check_input(name, "lock", "run", self.good, "--drive", name, "--drive", name)

    def test_unwritable_and_unreadable_files(self):
        settings = {}
        if os.getuid() == 0:  # whom no permission stops
            os.chmod(self.folder, 0o755)
            copy = self.folder / "kiln"
            shutil.copy(kiln_binary.binary(), copy)
            settings = {"program": copy, "user": 65534, "group": 65534, "extra_groups": []}
        disk = self.write("disk.img", bytes(512))
        os.chmod(disk, 0o444)
        self.check_input(disk, "", "run", self.good, "--drive", disk, **settings)
        secret = self.write("secret.elf", elf())
        os.chmod(secret, 0)
        self.check_input(secret, "Permission denied", "run", secret, **settings)
        for option in ("--dump-dtb", "--stats-json", "--signature"):
            self.check_input(disk, "cannot write: Permission denied", "run", self.good, option,
                             disk, **settings)

    def test_outputs_are_checked_first_and_never_partial(self):
        nowhere = str(self.folder / "no" / "where")
        for option in ("--dump-dtb", "--stats-json", "--signature"):
            self.check_input(nowhere, "cannot create", "run", self.good, option, nowhere)
            self.check_input(str(self.folder), "is a directory", "run", self.good, option,
                             str(self.folder))
        missing = str(self.folder / "missing")
        for option in ("--dump-dtb", "--stats-json", "--signature"):
            self.check_input(missing, "No such file", "run", missing, option,
                             str(self.folder / "result"))

    def test_signature_without_symbols(self):
        self.check_input(self.good, "has no signature", "run", self.good, "--signature",
                         str(self.folder / "result"))

    def test_disasm_outside(self):
        self.check_input(self.good, "has no bytes at 0x10", "disasm", self.good, "--start", "0x10")


kiln_binary.main()
