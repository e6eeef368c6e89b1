#!/usr/bin/env python3
"""Boots a BareFlow program and checks what it prints and how it ends.

Lines that start with "# " are measurements and are left out; so are empty lines and trailing blanks.
What remains must END with the expected lines, exactly: what firmware prints before does not count.
"""
import argparse
import os
import re
import select
import subprocess
import sys
import tempfile

import machines


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firmware", required=True, help="folder of the built firmware")
    parser.add_argument("--kiln", help="the emulator Kiln")
    parser.add_argument("--target", required=True, help="rv64-m, rv64-s, x86_64 or i386")
    parser.add_argument("--emulator", required=True, choices=["kiln", "qemu"])
    parser.add_argument("--initrd", metavar="FILE", help="archive for the program")
    parser.add_argument("--append", metavar="TEXT", help="command line of the program")
    parser.add_argument("--ram", default="512M", help="RAM of the machine (512M)")
    parser.add_argument("--expect", metavar="FILE", help="the output must end with its lines")
    parser.add_argument("--reference", metavar="COMMAND",
                        help="shell command that prints these lines instead")
    parser.add_argument("--line", action="append", default=[], metavar="REGEX",
                        help="some line must match it as a whole")
    parser.add_argument("--exit", type=int, default=0, help="exit code of the guest (0)")
    parser.add_argument("--input", help="text for the serial console, once there is output")
    parser.add_argument("--timeout", type=float, default=280, help="seconds (280)")
    parser.add_argument("program")
    return parser.parse_args()


def program_lines(output):
    lines = output.decode(errors="replace").replace("\r", "").split("\n")
    return [line.rstrip() for line in lines if not line.startswith("# ") and line.strip()]


def first_output(process, seconds):
    """What it prints first: from then on its serial port is set up, and loses nothing."""
    ready = select.select([process.stdout], [], [], seconds)[0]
    return os.read(process.stdout.fileno(), 1 << 16) if ready else b""


def run(command, options):
    """Its output and exit code."""
    stdin = subprocess.DEVNULL if options.input is None else subprocess.PIPE
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE) as process:
        try:
            typed = None if options.input is None else options.input.encode()
            output = b"" if typed is None else first_output(process, options.timeout)
            output += process.communicate(typed, options.timeout)[0]
            return output, process.returncode
        except subprocess.TimeoutExpired as expired:
            process.kill()
            sys.stdout.buffer.write(expired.stdout or b"")
            sys.exit(f"boot_test.py: no end after {options.timeout} s: {' '.join(command)}")


def expected_lines(options):
    if options.expect:
        with open(options.expect, "rb") as file:
            return program_lines(file.read())
    if options.reference:
        result = subprocess.run(options.reference, shell=True, stdout=subprocess.PIPE, check=True)
        return program_lines(result.stdout)
    return []


def complaints(lines, exit_code, options):
    expected = expected_lines(options)
    if expected and lines[-len(expected):] != expected:
        yield "the output does not end with these lines:\n" + "\n".join(expected)
    if not expected and not options.line:
        yield "no line is expected"
    for pattern in options.line:
        if not any(re.fullmatch(pattern, line) for line in lines):
            yield f"no line matches {pattern}"
    if exit_code != options.exit:
        yield f"exit code {exit_code}, not {options.exit}"


def main():
    options = parse_arguments()
    guest = machines.Guest(options.firmware, options.target, options.program, options.initrd,
                           options.append, options.ram)
    with tempfile.TemporaryDirectory() as work:
        command = machines.command(guest, options.emulator, options.kiln, work)
        output, exit_code = run(command, options)
    lines = program_lines(output)
    found = list(complaints(lines, machines.exit_code(guest, exit_code), options))
    if found:
        print("\n".join(lines))
        sys.exit("boot_test.py: " + "\nboot_test.py: ".join(found))


main()
