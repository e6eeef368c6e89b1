"""What the tests of this folder share."""

import argparse
import json
import subprocess
import sys
import unittest


def main(*names):
    """Takes --NAME VALUE for each name from the command line and runs the caller's tests."""
    global given
    parser = argparse.ArgumentParser()
    for name in names:
        parser.add_argument(f"--{name}", required=True)
    given, rest = parser.parse_known_args()
    unittest.main(module="__main__", argv=[sys.argv[0]] + rest)


def run(*command):
    """Runs a command without input."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=240, check=False)


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def with_wrong_checksum(kernels, name, folder):
    """A manifest of `empty` and a copy of a kernel that expects another checksum."""
    manifest = read_json(kernels)
    by_name = {kernel["name"]: kernel for kernel in manifest["kernels"]}
    kernel = by_name[name]
    checksum = int(run(kernel["host"]).stdout.split()[0], 16).to_bytes(8, "little")
    with open(kernel["elf"], "rb") as file:
        elf = file.read()
    assert elf.count(checksum) == 1
    wrong = f"{folder}/wrong.elf"
    with open(wrong, "wb") as file:
        file.write(elf.replace(checksum, bytes(8)))
    manifest["kernels"] = [by_name["empty"], {**kernel, "elf": wrong}]
    path = f"{folder}/wrong.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(manifest, file)
    return path
