"""kernels_bench runs each kernel on each backend and counts what the machine did."""

import tempfile
import unittest

import arguments

KERNEL = "patch_loop"
COUNTERS = {"MIPS", "blocks", "invalidated", "compiled_blocks", "compiled_insns",
            "compiled_invalidated", "compiled_revived", "compile_us", "compile_us_per_insn",
            "host_bytes", "host_bytes_per_insn", "chains"}


def bench(folder, kernel, *options):
    """{benchmark name: its entry in the JSON}, and the finished process."""
    path = f"{folder}/out.json"
    done = arguments.run(arguments.given.program, f"--benchmark_filter=^{kernel}/",
                         "--benchmark_min_time=0.001", f"--benchmark_out={path}",
                         "--benchmark_out_format=json", *options)
    entries = arguments.read_json(path)["benchmarks"] if done.returncode == 0 else []
    return {entry["name"]: entry for entry in entries}, done


def backends():
    return arguments.backends(arguments.given.kiln)[0]


class KernelsBench(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_counters_of_each_backend(self):
        entries, _ = bench(self.folder, KERNEL)
        self.assertEqual(set(entries), {f"{KERNEL}/{backend}" for backend in backends()})
        for name, entry in entries.items():
            with self.subTest(name):
                self.assertLessEqual(COUNTERS, set(entry))
                self.assertGreater(entry["MIPS"], 0)
                # The loop is there anew after each patch.
                self.assertGreater(entry["invalidated"], 10000)
                self.assertGreater(entry["blocks"], entry["invalidated"])
                backend = name.split("/")[1]
                self.check_compiled(entry, compiles=backend in ("asmjit", "tiered"))
                # With `tiered` they may come too late.
                if backend != "tiered":
                    self.assertEqual(entry["regions"] > 0, backend == "llvm")

    def check_compiled(self, entry, compiles):
        positive = ("compiled_blocks", "compiled_insns", "compile_us", "compile_us_per_insn",
                    "host_bytes", "host_bytes_per_insn", "chains")
        for counter in positive:
            self.assertEqual(entry[counter] > 0, compiles, counter)
        if not compiles:
            return
        self.assertGreaterEqual(entry["compiled_blocks"] + entry["compiled_revived"],
                                entry["compiled_invalidated"])
        self.assertAlmostEqual(entry["host_bytes_per_insn"] * entry["compiled_insns"],
                               entry["host_bytes"], delta=1)
        self.assertAlmostEqual(entry["compile_us_per_insn"] * entry["compiled_insns"],
                               entry["compile_us"], delta=1)

    def test_a_wrong_checksum_is_an_error(self):
        wrong = arguments.with_wrong_checksum(arguments.given.kernels, "patch_often", self.folder)
        entries, _ = bench(self.folder, "patch_often", f"--kernels={wrong}")
        self.assertEqual(len(entries), len(backends()))
        for entry in entries.values():
            self.assertTrue(entry["error_occurred"])

    def test_no_kernels(self):
        _, done = bench(self.folder, KERNEL, "--kernels=/nowhere.json")
        self.assertEqual(done.returncode, 65)
        self.assertEqual(done.stderr, "kernels_bench: cannot read /nowhere.json\n")


if __name__ == "__main__":
    arguments.main("program", "kernels", "kiln")
