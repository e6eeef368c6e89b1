"""bench/boot_compare times whole boots that got to the shell."""

import arguments

UP = "kiln: guest up"
DOWN = "[    1.0] reboot: Power down"


class BootCompare(arguments.WithStubs):
    def compare(self, qemu, kiln, *options):
        return self.script("boot_compare", kiln, "--qemu", qemu, "--kernel", self.image, "--initrd",
                           self.image, *options)

    def test_table_of_all_backends(self):
        emulator = self.emulator("both", [UP, DOWN])
        path = f"{self.folder}/out.json"
        done = self.compare(emulator, emulator, "--json", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()[2:]],
                         ["qemu", *self.BACKENDS])
        result = arguments.read_json(path)
        medians = result["medians"]
        self.assertGreater(medians["slow"], medians["interp"])
        self.assertAlmostEqual(result["time_of_qemu"]["slow"], medians["slow"] / medians["qemu"])

    def test_a_boot_that_went_wrong_gives_no_ratio(self):
        right = self.emulator("qemu", [UP, DOWN])
        wrong = self.emulator("kiln", ["Kernel panic", DOWN])
        self.assert_refused(self.compare(right, wrong), "boot_compare",
                            f"interp: the console never said '{UP}'")


if __name__ == "__main__":
    arguments.main("scripts")
