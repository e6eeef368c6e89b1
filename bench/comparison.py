"""What the comparisons of this folder share: their options, what they run, their tables."""

import argparse
import os
import re
import sys

from measure import WrongExit, fail, wall_seconds

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUEST_IMAGES = os.path.join(ROOT, ".cache", "guest")


def add_guest_options(parser):
    """The options of scripts that boot Linux."""
    parser.add_argument("--kernel", metavar="FILE", default=os.path.join(GUEST_IMAGES, "vmlinux"))
    parser.add_argument("--ram", metavar="SIZE", default="256M")


def add_debian_options(parser):
    """The options of scripts that boot Debian to power-off."""
    add_guest_options(parser)
    parser.add_argument("--initrd", metavar="FILE",
                        default=os.path.join(GUEST_IMAGES, "initramfs.cpio.gz"))
    parser.add_argument("--append", metavar="TEXT",
                        default="console=ttyS0 earlycon kiln.script=poweroff")


def add_common_options(parser):
    """The options that every comparison has."""
    add_kiln_options(parser)
    parser.add_argument("--qemu", metavar="FILE", default="qemu-system-riscv64")
    parser.add_argument("--backend", metavar="NAME", action="append",
                        help="only this backend of Kiln; may be repeated")


def add_kiln_options(parser):
    """The options of every script that times Kiln."""
    parser.add_argument("--kiln-option", metavar="OPTION", action="append", default=[],
                        help="one more word for `kiln run`; may be repeated")
    parser.add_argument("--repetitions", metavar="N", type=at_least_one, default=3)
    parser.add_argument("--json", metavar="FILE", help="also write every figure there")


def at_least_one(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def backends_of(kiln):
    """(the backends of that build, the one that it runs guests on by default)."""
    try:
        _, info = wall_seconds([kiln, "info"], 60)
    except WrongExit as reason:
        fail(reason)
    backends = re.search(r"^backends +(.+)$", info, re.MULTILINE)
    default = re.search(r"^default +(\S+)$", info, re.MULTILINE)
    if not backends or not default:
        fail(f"{kiln}: 'info' names no backends")
    return backends[1].split(), default[1]


def chosen(kind, wanted, known):
    """The wanted ones of the known names; all without a wish."""
    unknown = set(wanted or []) - set(known)
    if unknown:
        fail(f"no {kind} is called {', '.join(sorted(unknown))}")
    return [name for name in known if not wanted or name in wanted]


def kiln_command(arguments, backend, *options):
    """`kiln run`, without what other runs left to it unless --kiln-option says so."""
    return [arguments.kiln, "run", "--backend", backend, "--cache", "off", *options,
            *arguments.kiln_option]


def emulator_commands(arguments, for_qemu, for_kiln):
    """{emulator: command} of QEMU and of Kiln on each backend that is wanted."""
    known, _ = backends_of(arguments.kiln)
    commands = {"qemu": [arguments.qemu, "-M", "virt", "-nographic", "-no-reboot", *for_qemu]}
    for backend in chosen("backend", arguments.backend, known):
        commands[backend] = kiln_command(arguments, backend, *for_kiln)
    return commands


def linux_options(arguments, command_line):
    """What QEMU and what Kiln take to boot the kernel of `arguments`."""
    def boot(dashes):
        return [dashes + "kernel", arguments.kernel, dashes + "initrd", arguments.initrd,
                dashes + "append", command_line]

    return ["-m", arguments.ram, *boot("-")], ["--ram", arguments.ram, *boot("--")]


def interleaved(repetitions, commands, run):
    """{name: [run(name, command), ...]}, every command once before any runs again. Ends the script where
    one does not do its work."""
    results = {name: [] for name in commands}
    try:
        for repetition in range(repetitions):
            for name, command in commands.items():
                show_progress(f"{repetition + 1}/{repetitions} {name}")
                results[name].append(run(name, command))
    except WrongExit as reason:
        show_progress("")
        fail(f"no ratios: {reason}")
    show_progress("")
    return results


def show_progress(text):
    """Replaces the last line of progress, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def print_table(title, heads, rows):
    """The first column is text, the others are what is in the rows: text, or numbers and how they look."""
    print(title)
    cells = [heads] + [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        print("  ".join([row[0].ljust(widths[0])]
                        + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))


def _cell(value):
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.2f}"


def need_files(*paths):
    """Fails where a guest image is not there."""
    for path in paths:
        if not os.path.isfile(path):
            fail(f"{path}: no such file (./dev bench makes and fetches what is needed)")
