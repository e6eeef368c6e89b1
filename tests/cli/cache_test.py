"""kiln cache: what it says, what it removes, and which folders it refuses."""

import os
import pathlib
import tempfile
import unittest

import kiln_binary

_KEY = "0123456789abcdef" * 2


class Cache(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name) / "kiln"

    def fill(self):
        self.folder.mkdir(mode=0o700)
        for name, size in ((_KEY + ".code", 1 << 20), (_KEY[::-1] + ".code", 1 << 19),
                           (_KEY + ".profile", 5), ("1-2-3.part", 9), ("notes", 7)):
            (self.folder / name).write_bytes(bytes(size))

    def cache(self, *arguments):
        return kiln_binary.run("cache", str(self.folder), *arguments)

    def rows(self, *arguments):
        """The first two words behind each row's name."""
        result = self.cache(*arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0].split(), ["folder", str(self.folder)])
        return {line.split()[0]: line.split()[1:3] for line in lines[1:]}

    def test_says_what_is_there(self):
        self.fill()
        self.assertEqual(self.rows(), {"code": ["2", "1.5"], "profiles": ["1", "0.0"],
                                       "limit": ["256.0", "MiB"]})
        self.assertEqual(len(list(self.folder.iterdir())), 5)

    def test_nothing_is_there(self):
        self.assertEqual(self.rows()["code"], ["0", "0.0"])
        self.assertEqual(self.rows("--clear")["code"], ["0", "0.0"])
        self.assertFalse(self.folder.exists(), "it is not made by looking")

    def test_clears(self):
        self.fill()
        self.assertEqual(self.rows("--clear")["code"], ["0", "0.0"])
        self.assertEqual([file.name for file in self.folder.iterdir()], ["notes"])

    def test_default_folder(self):
        environment = dict(os.environ, XDG_CACHE_HOME=str(self.folder.parent))
        self.fill()
        result = kiln_binary.run("cache", "--clear", env=environment)
        self.assertIn(f"folder    {self.folder}\n", result.stdout)
        self.assertFalse((self.folder / (_KEY + ".code")).exists())
        self.assertIn(f"kept code      {self.folder}\n",
                      kiln_binary.run("info", env=environment).stdout)

    def test_refuses_what_others_can_write(self):
        self.fill()
        self.folder.chmod(0o777)
        result = self.cache("--clear")
        self.assertEqual(result.returncode, 65)
        self.assertEqual(result.stderr, f"kiln: {self.folder}: can be written by others\n")
        self.assertEqual(len(list(self.folder.iterdir())), 5)

    def test_follows_no_link(self):
        self.fill()
        link = self.folder.parent / "link"
        link.symlink_to(self.folder)
        result = kiln_binary.run("cache", str(link), "--clear")
        self.assertEqual(result.returncode, 65)
        self.assertEqual(result.stderr, f"kiln: {link}: cannot open: Not a directory\n")
        self.assertEqual(len(list(self.folder.iterdir())), 5)


kiln_binary.main()
