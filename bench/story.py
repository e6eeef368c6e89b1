"""BareFlow's story: how it is started, and what it prints."""

import os
import re

from comparison import at_least_one
from measure import WrongExit

SPEED = re.compile(r"^# .*: ([0-9.]+) tokens/s by the machine's clock", re.MULTILINE)
# The first line that is no remark of the program.
FIRST_TOKEN = "^[^#\\s]"


def add_story_options(parser):
    parser.add_argument("kiln", metavar="KILN", help="the emulator")
    parser.add_argument("firmware", metavar="FIRMWARE", help="folder of the built firmware")
    parser.add_argument("archive", metavar="ARCHIVE", help="model and tokenizer, see tools/pack_model")
    parser.add_argument("--steps", metavar="N", type=at_least_one, default=64,
                        help="tokens of a story (64)")


class Story:
    """What the options above say."""

    def __init__(self, arguments):
        self.settings = f"steps={arguments.steps}"
        self.elf = os.path.join(arguments.firmware, "rv64-m", "tinyllama", "tinyllama.elf")
        self.kiln_options = ["--bios", "none", "--kernel", self.elf, "--initrd", arguments.archive,
                             "--append", self.settings]

    def text(self, output):
        lines = [line.rstrip() for line in output.split("\n")]
        return "\n".join(line for line in lines if not line.startswith("# ")).strip()

    def tokens_per_second(self, emulator, output):
        speed = SPEED.search(output)
        if not speed:
            raise WrongExit(f"{emulator}: no story")
        return float(speed[1])
