"""Runs the kiln binary for the tests of this folder."""

import argparse
import pathlib
import re
import subprocess
import sys
import unittest

_options = None


def main():
    """Takes --kiln, --source and, where it is needed, --guests from the command line and runs the caller's tests."""
    global _options
    parser = argparse.ArgumentParser()
    parser.add_argument("--kiln", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--guests", type=pathlib.Path)
    _options, rest = parser.parse_known_args()
    unittest.main(module="__main__", argv=[sys.argv[0]] + rest)


def binary():
    return _options.kiln


def backends():
    """The names of all backends."""
    return re.search(r"^backends +(.*)$", run("info").stdout, re.M)[1].split()


def native_backend():
    """The options that choose a backend that makes native code."""
    return ["--backend", next(name for name in backends() if name != "interp")]


def guest(name):
    """The file of a program of tests/guests."""
    return str(_options.guests / name)


def source(path):
    """The text of a file of the project."""
    return (_options.source / path).read_text()


def run(*arguments, program=None, **settings):
    """Runs kiln without input; a minute is more than any of these takes."""
    return subprocess.run([program or binary(), *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, **settings)
