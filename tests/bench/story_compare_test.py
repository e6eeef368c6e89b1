"""bench/story_compare reads tokens/s, and compares only those who tell the same story."""

import os

import arguments


def story(text, speed):
    return ["# model: fp32", text, f"# 64 tokens in 1.000 s: {speed} tokens/s by the machine's clock"]


class StoryCompare(arguments.WithStubs):
    def compare(self, host, qemu, kiln, *options):
        folder = f"{self.folder}/host/tinyllama/host"
        os.makedirs(folder, exist_ok=True)
        os.replace(host, f"{folder}/tinyllama_host")
        return self.script("story_compare", kiln, self.folder, self.image, "--qemu", qemu, *options)

    def test_table_of_all_backends(self):
        path = f"{self.folder}/out.json"
        done = self.compare(self.emulator("host-program", story("Once", 80)), self.emulator("qemu", story("Once", 4)),
                            self.emulator("kiln", story("Once", 40)), "--json", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        for backend in self.BACKENDS:
            self.assertRegex(done.stdout, rf"(?m)^{backend} +40\.00 +10\.00 +0\.50$")
        result = arguments.read_json(path)
        self.assertEqual(result["medians"], {"host": 80, "qemu": 4, "interp": 40, "slow": 40})
        self.assertEqual(result["speed_of_host"]["slow"], 0.5)

    def test_another_story_gives_no_ratio(self):
        done = self.compare(self.emulator("host-program", story("Once", 80)), self.emulator("qemu", story("Twice", 4)),
                            self.emulator("kiln", story("Once", 40)))
        self.assert_refused(done, "story_compare", "the stories differ")

    def test_no_story_gives_no_ratio(self):
        done = self.compare(self.emulator("host-program", story("Once", 80)), self.emulator("qemu", ["# no model"]),
                            self.emulator("kiln", story("Once", 40)))
        self.assert_refused(done, "story_compare", "qemu: no story")


if __name__ == "__main__":
    arguments.main("scripts")
