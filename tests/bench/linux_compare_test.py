"""bench/linux_compare times what lies between the program's two lines."""

import arguments

SV39 = "[    0.0] Disabled 4-level and 5-level paging"
BEGIN = "bench: begin"
END = "bench: end after {} ns"


class LinuxCompare(arguments.WithStubs):
    def compare(self, qemu, kiln, *options):
        return self.script("linux_compare", kiln, self.image, "--qemu", qemu, "--kernel", self.image,
                           *options)

    def test_table_of_all_backends(self):
        qemu = self.emulator("qemu", [SV39, BEGIN, END.format(3000000000)])
        kiln = self.emulator("kiln", [SV39, BEGIN, END.format(1500000000)])
        path = f"{self.folder}/out.json"
        done = self.compare(qemu, kiln, "--json", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^qemu +[0-9.]+ +3\.00 +1\.00$")
        self.assertRegex(done.stdout, r"(?m)^interp +[0-9.]+ +1\.50 ")
        result = arguments.read_json(path)
        medians = result["medians"]
        self.assertEqual(set(medians), {"qemu", *self.BACKENDS})
        self.assertGreater(medians["slow"], medians["interp"])
        for backend in self.BACKENDS:
            self.assertAlmostEqual(result["speed_of_qemu"][backend], medians["qemu"] / medians[backend])

    def test_one_backend(self):
        emulator = self.emulator("both", [SV39, BEGIN, END.format(1)])
        done = self.compare(emulator, emulator, "--backend", "slow")
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()[2:]], ["qemu", "slow"])
        done = self.compare(emulator, emulator, "--backend", "fast")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "linux_compare: no backend is called fast\n"))

    def test_a_run_that_went_wrong_gives_no_ratio(self):
        right = self.emulator("qemu", [SV39, BEGIN, END.format(1)])
        for lines, reason in (([SV39, BEGIN, "bench: wrong checksum: sha256"],
                               "never said 'bench: end after'; bench: wrong checksum: sha256"),
                              ([BEGIN, END.format(1)], "interp: the guest is not limited to Sv39")):
            kiln = self.emulator("kiln", lines)
            self.assert_refused(self.compare(right, kiln), "linux_compare", reason)

    def test_no_images(self):
        done = self.compare("true", "true", "--kernel", "/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("linux_compare: /nowhere: no such file", done.stderr)


if __name__ == "__main__":
    arguments.main("scripts")
