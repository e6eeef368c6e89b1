"""bench/compare times every engine, and gives no figure for a run that went wrong."""

import tempfile
import unittest

import arguments

KERNEL = "patch_often"


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def compare(self, manifest, *options):
        return arguments.run(f"{arguments.given.scripts}/compare", manifest, "--repetitions", "1",
                             *options)

    def test_table_and_json(self):
        path = f"{self.folder}/out.json"
        done = self.compare(arguments.given.kernels, "--only", KERNEL, "--only", "recursion", "--json",
                            path)
        self.assertEqual(done.returncode, 0, done.stderr)
        manifest = arguments.read_json(arguments.given.kernels)
        backends, subject = arguments.backends(manifest["kiln"])
        engines = [*backends, "qemu", "native"]
        result = arguments.read_json(path)
        rows = {row["name"]: row for row in result["kernels"]}
        self.assertEqual(set(rows), {KERNEL, "recursion"})
        for row in rows.values():
            self.assertEqual(set(row["seconds"]), set(engines))
            self.check_ratios(row)
        for backend in backends:
            self.assertIn(f"{backend}/qemu", rows["recursion"]["ratios"])
            self.assertIn(f"{backend}/native", rows["recursion"]["ratios"])
            self.assertNotIn(f"{backend}/native", rows[KERNEL]["ratios"])
        # A group of one: its means are its only member's.
        for group, name in (("self_modifying", KERNEL), ("integer", "recursion")):
            means = result["geometric_means"][group]
            self.assertEqual(set(means), set(rows[name]["ratios"]))
            for pair, mean in means.items():
                self.assertAlmostEqual(mean, rows[name]["ratios"][pair])
        self.check_table(done.stdout, engines, subject, result["geometric_means"])

    def check_ratios(self, row):
        for pair, ratio in row["ratios"].items():
            faster, slower = pair.split("/")
            self.assertAlmostEqual(ratio, row["seconds"][slower] / row["seconds"][faster])

    def check_table(self, text, engines, subject, means):
        lines = [line.split() for line in text.splitlines()]
        self.assertEqual(lines[0], ["kernel", "group", *(word for e in engines for word in (e, "s")),
                                    *(f"{subject}/{other}" for other in ("interp", "qemu", "native")
                                      if other != subject)])
        self.assertEqual([line[0] for line in lines[1:3]], ["recursion", KERNEL])
        for other in ("qemu", "native"):
            speeds = {e: "1.000" if e == other else f"{means['integer'][f'{e}/{other}']:.3f}"
                      for e in engines}
            self.assertIn([f"speed/{other}", "integer", *speeds.values()], lines)

    def test_a_wrong_checksum_gives_no_ratio(self):
        wrong = arguments.with_wrong_checksum(arguments.given.kernels, KERNEL, self.folder)
        done = self.compare(wrong)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"^compare: no ratios: .*wrong\.elf.*: exit code 1; ")

    def test_unknown_names(self):
        for option, message in (("--only", "no kernel is called nothing"),
                                ("--engine", "no engine is called nothing")):
            done = self.compare(arguments.given.kernels, option, "nothing")
            self.assertEqual((done.returncode, done.stderr), (1, f"compare: {message}\n"))


if __name__ == "__main__":
    arguments.main("scripts", "kernels")
