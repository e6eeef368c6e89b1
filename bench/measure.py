"""Timing of commands."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time


class WrongExit(Exception):
    """A command did not do its work: its time means nothing."""


def wall_seconds(command, timeout):
    """Runs `command` with no input and returns (seconds, stdout); WrongExit unless it exits with 0."""
    start = time.perf_counter()
    output = _run(command, timeout, lambda output: None)
    return time.perf_counter() - start, output


def seconds_between(marks, command, timeout):
    """Like wall_seconds, with the seconds from the first of two marks on stdout to the second."""
    seen, output = _watch(marks, command, timeout)
    return seen[marks[1]] - seen[marks[0]], output


def seconds_until(mark, command, timeout):
    """Like wall_seconds, with the seconds from the start to the mark on stdout."""
    start = time.perf_counter()
    seen, output = _watch([mark], command, timeout)
    return seen[mark] - start, output


def _watch(marks, command, timeout):
    """({mark: when stdout first matched that regular expression}, stdout)."""
    seen = {}

    def look(output):
        now = time.perf_counter()
        for mark in marks:
            if mark not in seen and re.search(mark.encode(), output, re.MULTILINE):
                seen[mark] = now

    output = _run(command, timeout, look)
    for mark in marks:
        if mark not in seen:
            raise WrongExit(f"{command[0]}: never said '{mark}'; {last_line(output)}")
    return seen, output


def last_line(text):
    return (text.strip().splitlines() or [""])[-1].strip()


def _run(command, timeout, look):
    """Calls `look` with all of stdout so far whenever more comes, and returns it in the end."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=errors)
        except OSError as error:
            raise WrongExit(f"{command[0]}: {error.strerror}") from error
        late = threading.Event()
        alarm = threading.Timer(timeout, lambda: (late.set(), process.kill()))
        alarm.start()
        output = b""
        while part := os.read(process.stdout.fileno(), 1 << 16):
            output += part
            look(output)
        code = process.wait()
        alarm.cancel()
        process.stdout.close()
        errors.seek(0)
        complaint = last_line(errors.read().decode(errors="replace"))
    if late.is_set():
        raise WrongExit(f"{' '.join(command)}: not done after {timeout} s")
    if code != 0:
        raise WrongExit(f"{' '.join(command)}: exit code {code}; {complaint}")
    return output.decode(errors="replace")


def medians_of(figures):
    """{name: median} of {name: [figure, ...]}."""
    return {name: statistics.median(values) for name, values in figures.items()}


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}")


def write_json(path, content):
    """Writes `content` and how busy the machine is; nothing without a path."""
    if not path:
        return
    try:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**content, "load_average": os.getloadavg()}, file, indent=2)
            file.write("\n")
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def fail(message):
    """Ends the script with one line on stderr."""
    print(f"{sys.argv[0].rsplit('/', 1)[-1]}: {message}", file=sys.stderr)
    sys.exit(1)
