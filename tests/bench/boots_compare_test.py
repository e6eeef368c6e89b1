"""bench/boots_compare boots several times with one cache, which is empty before the first boot."""

import json

import arguments

TIERS = ("interpreter s", "blocks s", "regions 2 s", "regions 3 s")
# Prints what both guests print. The cache holds a line for each boot that there was: the statistics say
# how many there are.
BOOT = r"""
cache= stats=
while [ $# -gt 0 ]; do
  case $1 in
    --cache) cache=$2 ;;
    --stats-json) stats=$2 ;;
  esac
  shift
done
echo boot >> "$cache/boots"
sed "s/BOOTS/$(wc -l < "$cache/boots")/" STATS > "$stats"
"""
STATS = {"wall_seconds": "BOOTS", "native": {"bytes": 1024, "compile_seconds": 0.5},
         "regions": {"bytes": 3072, "compile_seconds": 1.5},
         "tiers": [{"instructions": 1, "seconds": seconds} for seconds in (0.1, 0.2, 0.3, 0.4)]}


class BootsCompare(arguments.WithStubs):
    def compare(self, lines, *options):
        stats = self.write("stats", json.dumps(STATS).replace('"BOOTS"', "BOOTS"))
        kiln = self.emulator("kiln", lines, BOOT.replace("STATS", stats))
        return self.script("boots_compare", kiln, self.folder, self.image, "--kernel", self.image,
                           "--initrd", self.image, *options)

    def test_tables(self):
        path = f"{self.folder}/out.json"
        speed = "# 64 tokens in 1.000 s: 40.5 tokens/s by the machine's clock"
        done = self.compare(["# model: fp32", "Once", speed, "kiln: guest up"], "--json", path, "--boots", "4",
                            "--backend", "slow")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^story, slow$")
        self.assertRegex(done.stdout, r"(?m)^boot +shell s +wall s +interpreter s ")
        result = arguments.read_json(path)
        self.assertEqual(result["backend"], "slow")
        for guest, boots in result["medians"].items():
            with self.subTest(guest):
                # One cache for all boots of a guest, and none for the other's.
                self.assertEqual([boot["wall s"] for boot in boots], [1, 2, 3, 4])
                for boot in boots:
                    self.assertEqual([boot[tier] for tier in TIERS], [0.1, 0.2, 0.3, 0.4])
                    self.assertEqual((boot["code KiB"], boot["LLVM s"]), (4, 1.5))
                    self.assertEqual(boot.get("tokens/s"), 40.5 if guest == "story" else None)
                    self.assertGreater(boot["first s"], 0)
        # The pause comes before the shell's line and behind the story's first.
        first = {guest: boots[0]["first s"] for guest, boots in result["medians"].items()}
        self.assertGreater(first["Debian"], first["story"])

    def test_a_boot_that_went_wrong_gives_no_figures(self):
        self.assert_refused(self.compare(["# model: fp32", "Once", "no speed"]), "boots_compare",
                            "story: no story")


if __name__ == "__main__":
    arguments.main("scripts")
