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
        subject, backends = manifest["default_backend"], manifest["backends"]
        result = arguments.read_json(path)
        rows = {row["name"]: row for row in result["kernels"]}
        self.assertEqual(set(rows), {KERNEL, "recursion"})
        for row in rows.values():
            self.assertEqual(set(row["seconds"]), {*backends, "qemu", "native"})
            self.check_ratios(row, subject)
        self.assertIn(f"{subject}/native", rows["recursion"]["ratios"])
        self.assertNotIn(f"{subject}/native", rows[KERNEL]["ratios"])
        # A group of one: its mean is its only member.
        means = result["geometric_means"]["self_modifying"]
        self.assertAlmostEqual(means[f"{subject}/qemu"], rows[KERNEL]["ratios"][f"{subject}/qemu"])
        self.check_table(done.stdout, backends)

    def check_ratios(self, row, subject):
        for pair, ratio in row["ratios"].items():
            faster, slower = pair.split("/")
            self.assertEqual(faster, subject)
            self.assertAlmostEqual(ratio, row["seconds"][slower] / row["seconds"][faster])

    def check_table(self, text, backends):
        lines = text.splitlines()
        for engine in (*backends, "qemu", "native"):
            self.assertIn(f"{engine} s", lines[0])
        self.assertEqual([line.split()[0] for line in lines[1:3]], ["recursion", KERNEL])

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
