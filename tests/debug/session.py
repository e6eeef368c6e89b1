"""A run of kiln with --gdb, and clients of its stub: the real gdb, and sockets that misbehave."""

import argparse
import pathlib
import re
import socket
import subprocess
import unittest

_options = None


def main():
    """Takes --kiln, --gdb, --guests and, where there is one, --firmware, and runs the caller's tests."""
    global _options
    parser = argparse.ArgumentParser()
    parser.add_argument("--kiln", type=pathlib.Path, required=True)
    parser.add_argument("--gdb", required=True)
    parser.add_argument("--guests", type=pathlib.Path, required=True)
    parser.add_argument("--firmware", type=pathlib.Path)
    _options, rest = parser.parse_known_args()
    unittest.main(module="__main__", argv=[__file__] + rest)


def guest(xlen=64):
    return _options.guests / f"debuggee.{xlen}.elf"


def firmware(path):
    """A file of the firmware build; skips the test where there is none."""
    if _options.firmware is None:
        raise unittest.SkipTest("the build has no firmware")
    return _options.firmware / path


class Kiln:
    """Runs `image` under the stub until the block ends."""

    def __init__(self, image, *options, address="0", typed=""):
        self.image = image
        self.process = subprocess.Popen(
            [_options.kiln, "run", image, "--gdb", address, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process.stdin.write(typed)
        self.process.stdin.close()
        line = self.process.stderr.readline()
        found = re.fullmatch(r"kiln: gdb: target remote (\S+):(\d+)\n", line)
        assert found, line
        self.host, self.port = found[1].strip("[]"), int(found[2])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.process:
            self.process.kill()

    def gdb(self, *commands):
        """What gdb prints for the commands, after it connected; each one's output is behind a line
        "> COMMAND"."""
        arguments = [_options.gdb, "-nx", "-batch", "-iex", "set debuginfod enabled off",
                     "-ex", "set width 0", "-ex", "set confirm off"]
        commands = (f"target remote {self.host}:{self.port}", *commands, "info line 1")
        for command in commands:
            arguments += ["-ex", f"echo > {command}\\n", "-ex", command]
        with subprocess.Popen([*arguments, self.image], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as gdb:
            try:
                return gdb.communicate(timeout=120)[0]
            finally:
                gdb.kill()

    def connect(self):
        return Raw(self.host, self.port)

    def exit_code(self):
        return self.process.wait(timeout=60)

    def output(self):
        """What the guest printed, when it has ended."""
        self.exit_code()
        return self.process.stdout.read()


class Raw:
    """A client that speaks the protocol by hand."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=30)
        # An acknowledgement and the packet behind it go at once.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, raw):
        self.socket.sendall(raw)

    def receive(self, count=65536):
        """Some bytes; none: the stub has closed the connection."""
        return self.socket.recv(count)

    def until(self, end):
        """Everything up to the bytes `end`."""
        received = b""
        while not received.endswith(end):
            more = self.receive(1)
            assert more, received
            received += more
        return received

    def ask(self, payload):
        """The payload of the answer to a packet."""
        self.send(packet(payload))
        return self.answer()

    def answer(self):
        self.until(b"$")
        payload = self.until(b"#")[:-1]
        self.receive(1), self.receive(1)
        self.send(b"+")
        return payload.decode("latin-1")


def packet(payload):
    raw = payload if isinstance(payload, bytes) else payload.encode("latin-1")
    return b"$" + raw + b"#%02x" % (sum(raw) & 0xff)


def part(printed, command):
    """What gdb printed for a command, the first time it was given."""
    return (printed.split(f"> {command}\n", 1)[1] + "\n").split("\n> ", 1)[0]
