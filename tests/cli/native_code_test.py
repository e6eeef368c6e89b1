"""What jitdump and --perf show of the code that a guest is compiled to."""

import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

import kiln_binary

USAGE = 2
INPUT = 65

# li t1, 50000000; 1: addi t2, t2, 1; bne t2, t1, 1b; then "K" is printed, and the test finisher is told
# to power off.
LOOP = 0x8000_0008
LOOP_PROGRAM = struct.pack("<11I", 0x02FAF337, 0x08030313, 0x00138393, 0xFE639EE3, 0x10000537,
                           0x04B00593, 0x00B50023, 0x00100537, 0x000055B7, 0x55558593, 0x00B52023)


def jitdump(*arguments):
    return kiln_binary.run("jitdump", *kiln_binary.native_backend(), *arguments)


def blocks_of(listing):
    """A dictionary for each block: its first line, its counts, and the lines of each section."""
    blocks = []
    for text in listing.split("\n\n")[:-1]:
        lines = text.split("\n")
        block = {"title": lines[0], "counts": lines[1]}
        for line in lines[2:]:
            if line.startswith("  "):
                block[section].append(line[2:])
            else:
                section = line.rstrip(":")
                block[section] = []
        blocks.append(block)
    return blocks


class NativeCode(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # Three functions that are hot in turns; `caller` begins with "li t1, 0x60613".
        self.guest = kiln_binary.guest("patch_hot.64.elf")

    def loop(self, program=LOOP_PROGRAM):
        image = self.folder / "loop"
        image.write_bytes(program)
        return str(image)

    def check_three_ways(self, block):
        """All listings are those of the block that `caller` begins with."""
        self.assertRegex(block["title"], r"^block kiln:rv64:[0-9a-f]+ <caller>, physical 0x")
        pc = int(re.search(r"rv64:([0-9a-f]+)", block["title"])[1], 16)
        self.assertEqual(block["guest"][0], f"{pc:x}:  00060337  lui t1,0x60")
        self.assertRegex(block["guest"][1], rf"^{pc + 4:x}:  6133031b  addiw t1,t1,1555$")
        self.assertIn("%0:i64 = imm 0x60613", [line.strip() for line in block["ir"]])
        self.assertTrue(any(line.endswith(", 0x60613") for line in block["host"]), block["host"])
        # The counts are those of the listings.
        count, size, host = map(int, re.match(r"(\d+) instructions in (\d+) bytes; (\d+) bytes of host",
                                              block["counts"]).groups())
        self.assertEqual(count, len(block["guest"]))
        self.assertIn(f"end +{size}, {count}", block["ir"])
        first, last = (int(block["host"][i].split(":")[0], 16) for i in (0, -1))
        self.assertLess(last - first, host)
        self.assertLessEqual(host - (last - first), 15)

    def test_three_ways(self):
        result = jitdump(self.guest, "--symbol", "caller", "--tier-up", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        blocks = blocks_of(result.stdout)
        # One for each privilege.
        beginnings = [block for block in blocks if "<caller>" in block["title"]]
        self.assertEqual(len(beginnings), 3)
        for block in beginnings:
            self.check_three_ways(block)
        self.assertEqual(len({re.search("mode .*", b["title"])[0] for b in beginnings}), 3)
        self.assertTrue(all("<caller" in block["title"] for block in blocks))
        address = re.search(r"rv64:([0-9a-f]+)", beginnings[0]["title"])[1]
        at = blocks_of(jitdump(self.guest, "--pc", f"0x{address}", "--tier-up", "0").stdout)
        self.assertEqual(len(at), 3)
        self.check_three_ways(at[0])

    def test_all_blocks_by_address(self):
        blocks = blocks_of(jitdump(self.guest, "--tier-up", "0", "--console", "none").stdout)
        addresses = [int(re.search(r"rv64:([0-9a-f]+)", b["title"])[1], 16) for b in blocks]
        self.assertEqual(addresses, sorted(addresses))
        self.assertEqual(addresses[0], 0x8000_0000)
        self.assertGreater(len(blocks), 20)

    def test_rv32(self):
        result = jitdump(kiln_binary.guest("patch_hot.32.elf"), "--symbol", "caller", "--tier-up", "0")
        self.assertIn("block kiln:rv32:", result.stdout)
        self.assertRegex(result.stdout, r"  [0-9a-f]{8}:  61330313  addi t1,t1,1555\n")

    def test_hottest(self):
        blocks = blocks_of(jitdump(self.loop(), "--hottest", "1").stdout)
        self.assertEqual(len(blocks), 1)
        self.assertIn(f"kiln:rv64:{LOOP:x}", blocks[0]["title"])
        found, of = map(int, re.search(r"(\d+) of (\d+) samples", blocks[0]["counts"]).groups())
        self.assertGreater(found, of // 2)

    def test_regions(self):
        # 400 million turns: a region runs them fast.
        long_loop = struct.pack("<I", 0x17D78337) + LOOP_PROGRAM[4:]
        for backend in {"llvm", "tiered"} & set(kiln_binary.backends()):
            with self.subTest(backend=backend):
                listing = kiln_binary.run("jitdump", "--backend", backend, "--cache", "off", "--tier-up", "20",
                                          "--hottest", "1", self.loop(long_loop)).stdout
                block, = blocks_of(listing)
                self.assertRegex(block["title"], rf"^block kiln:rv64:{LOOP:x}\+region, ")
                found, of = map(int, re.search(r"(\d+) of (\d+) samples", block["counts"]).groups())
                self.assertGreater(found, 0)
                self.assertLessEqual(found, of)
                self.assertEqual([line.split("  ")[-1] for line in block["guest"]],
                                 ["addi t2,t2,1", "bne t2,t1,0x80000008"])

    def test_console(self):
        shown = jitdump(self.loop())
        self.assertTrue(shown.stdout.startswith("block "))
        self.assertEqual(shown.stderr, "K")
        hidden = jitdump(self.loop(), "--console", "none")
        self.assertTrue(hidden.stdout.startswith("block "))
        self.assertEqual(hidden.stderr, "")

    def test_exit_status_is_the_guests(self):
        result = jitdump(self.loop(), "--limit-instructions", "100000")
        self.assertEqual(result.returncode, 124)
        self.assertIn(f"kiln:rv64:{LOOP:x}", result.stdout)

    def test_nothing_to_show(self):
        for status, named, arguments in (
                (USAGE, "--symbol: the program has no function 'nonsense'", ("--symbol", "nonsense")),
                (INPUT, f"{self.guest}: none of the code that is asked for", ("--pc", "2")),
                (INPUT, "(see --tier-up)", ("--tier-up", "1000000000"))):
            result = jitdump(self.guest, "--console", "none", *arguments)
            self.assertEqual((result.returncode, result.stdout), (status, ""))
            self.assertRegex(result.stderr, r"\Akiln: [^\n]*\n\Z")
            self.assertIn(named, result.stderr)

    def run_perf(self, form):
        """The guest with --perf; returns the process id."""
        process = subprocess.Popen(
            [kiln_binary.binary(), "run", self.guest, *kiln_binary.native_backend(), "--tier-up", "0",
             "--perf", form],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(timeout=60), 0)
        return process.pid

    def test_perf_map(self):
        written = pathlib.Path("/tmp", f"perf-{self.run_perf('map')}.map")
        self.addCleanup(written.unlink)
        lines = written.read_text().splitlines()
        self.assertGreater(len(lines), 20)
        for line in lines:
            self.assertRegex(line, r"\A[0-9a-f]+ [0-9a-f]+ kiln:rv64:[0-9a-f]+\Z")
        self.assertTrue(lines[0].endswith(" kiln:rv64:80000000"))

    def test_perf_jitdump(self):
        pid = self.run_perf("jitdump")
        content = (self.folder / f"jit-{pid}.dump").read_bytes()
        header = struct.unpack_from("<6I", content)
        self.assertEqual(header, (0x4A695444, 1, 40, 62, 0, pid))
        at, names = 40, []
        while at < len(content):
            kind, size = struct.unpack_from("<2I", content, at)
            code_size, = struct.unpack_from("<Q", content, at + 40)
            name = content[at + 56:at + size - code_size]
            self.assertEqual((kind, name[-1]), (0, 0))
            names.append(name[:-1].decode())
            at += size
        self.assertEqual(at, len(content))
        self.assertEqual(names[0], "kiln:rv64:80000000")

    def test_perf_that_cannot_write(self):
        process = subprocess.Popen(
            ["sh", "-c", 'mkdir jit-$$.dump && exec "$@"', "sh", kiln_binary.binary(), "run",
             self.guest, *kiln_binary.native_backend(), "--perf", "jitdump"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, INPUT)
        self.assertEqual(stderr, f"kiln: ./jit-{process.pid}.dump: cannot create: Is a directory\n")


kiln_binary.main()
