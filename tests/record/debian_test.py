"""A session with Debian, which uses entropy, the date and a drive, is recorded and repeated."""

import hashlib

import recording

PROMPT = rb"# (\x1b\[6n)?$"


class Debian(recording.Recording):
    def command(self, run, text, answer):
        run.type(text + b"\r")
        run.expect(answer)
        run.expect(PROMPT)

    def test_session(self):
        drive = self.folder / "drive"
        content = bytes(range(256)) * 256
        drive.write_bytes(content)
        with recording.Recorder(self.log, "--kernel", recording.image("vmlinux"), "--initrd",
                                recording.image("initramfs.cpio.gz"), "--append", "console=ttyS0",
                                "--drive", drive, "--stats-json", self.counts) as run:
            run.expect(PROMPT)
            self.command(run, b"date", rb"20\d\d\r")
            self.command(run, b"hwclock", rb"20\d\d +0.0")
            self.command(run, b"head -c 16 /dev/hwrng | od -x", rb"0000020\r")
            self.command(run, b"head -c 16 /dev/urandom | od -x", rb"0000020\r")
            self.command(run, b"sleep 0.5; echo a$((6 * 7))", rb"\na42\r")
            self.command(run, b"head -c 1000 /dev/zero > /dev/vda; sync; echo b$?", rb"\nb0\r")
            self.command(run, b"echo 3 > /proc/sys/vm/drop_caches", rb"\n")
            changed = bytes(1000) + content[1000:]
            self.command(run, b"sha256sum < /dev/vda", hashlib.sha256(changed).hexdigest().encode())
            run.type(b"exit\r")
            self.assertEqual(run.end(), 0)
        self.assertEqual(drive.read_bytes(), content)
        ways = list(recording.engines())
        self.check_replays(run, 0, [ways[0], *ways[2:]])
        drive.write_bytes(changed)
        replay = recording.kiln("replay", self.log)
        self.assertEqual(replay.stderr.decode(),
                         f"kiln: {drive}: has changed since the recording was made\n")
        self.assertEqual(replay.returncode, 65)


recording.main()
