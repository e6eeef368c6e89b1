"""Timing of commands, for the comparisons in this folder."""

import subprocess
import sys
import time


class WrongExit(Exception):
    """A command did not do its work: its time means nothing."""


def wall_seconds(command, timeout):
    """Runs `command` with no input and returns (seconds, stdout); WrongExit unless it exits with 0."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        raise WrongExit(f"{' '.join(command)}: not done after {timeout} s") from late
    except OSError as error:
        raise WrongExit(f"{command[0]}: {error.strerror}") from error
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
        raise WrongExit(f"{' '.join(command)}: exit code {done.returncode}; {last}")
    return seconds, done.stdout.decode(errors="replace")


def fail(message):
    """Ends the script with one line on stderr."""
    print(f"{sys.argv[0].rsplit('/', 1)[-1]}: {message}", file=sys.stderr)
    sys.exit(1)
