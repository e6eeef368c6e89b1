#!/usr/bin/env python3
"""Prints the sizes of BareFlow's images and archives and fails where one is over its limit.

    sizes.py FIRMWARE_FOLDER TARGET...

An image is the ELF file as it is loaded, without model. Of the archive counts what its members put into
a program at most, code and data: the file itself holds more relocations and symbols than code.
"""
import os
import subprocess
import sys

IMAGE_LIMIT = 100_000
ARCHIVE_LIMIT = 40_000
LIMITED_IMAGES = ("rv64-m", "rv64-s", "x86_64")
PROGRAMS = ("demo", "fault", "micro_jit", "tinyllama")


def archive_size(path):
    """Code and data in bytes; `size` of any architecture reads every ELF."""
    listing = subprocess.run(["size", "--totals", path], stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    code, data = listing.splitlines()[-1].split()[:2]
    return int(code) + int(data)


def sizes(firmware, target):
    """(what, bytes, limit or None)"""
    limit = IMAGE_LIMIT if target in LIMITED_IMAGES else None
    for program in PROGRAMS:
        elf = os.path.join(firmware, target, program, program + ".elf")
        yield f"{target}/{program}.elf", os.path.getsize(elf), limit
    archive = os.path.join(firmware, target, "bareflow", "libbareflow.a")
    yield f"{target}/libbareflow.a, code and data", archive_size(archive), ARCHIVE_LIMIT
    yield f"{target}/libbareflow.a, the file", os.path.getsize(archive), None


def main():
    over = False
    for target in sys.argv[2:]:
        for what, size, limit in sizes(sys.argv[1], target):
            over |= limit is not None and size >= limit
            print(f"{what:40} {size:8}" + (f" of {limit}" if limit else ""))
    sys.exit("sizes.py: over the limit" if over else 0)


main()
