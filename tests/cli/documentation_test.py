"""Help, manual page, docs/cli.md and shell completions name the same options."""

import re
import unittest

import kiln_binary

# CLI11 makes it for every command; only the top level's is documented.
_COMMON = {"--help"}


def options_of(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def help_options(command):
    rows = kiln_binary.run(command, "--help").stdout.splitlines()
    return {match[1] for row in rows if (match := re.match(r"  (?:-h,)?(--[a-z-]+)", row))}


def between(text, first, last):
    """From the line that holds `first` to the next one that holds `last`."""
    return text.split(first, 1)[1].split(last, 1)[0]


class Documentation(unittest.TestCase):
    def setUp(self):
        self.run_options = help_options("run") - _COMMON
        self.disasm_options = help_options("disasm") - _COMMON
        self.cache_options = help_options("cache") - _COMMON
        self.replay_options = help_options("replay") - _COMMON
        self.resume_options = help_options("resume") - _COMMON
        self.bisect_options = help_options("bisect") - _COMMON - self.run_options
        self.jitdump_options = help_options("jitdump") - _COMMON - self.run_options

    def test_help_is_understood_here(self):
        self.assertIn("--signature-granularity", self.run_options)
        self.assertIn("--start", self.disasm_options)
        self.assertIn("--hottest", self.jitdump_options)
        self.assertIn("--audit", self.replay_options)
        self.assertEqual(help_options("record"), help_options("run"))

    def test_manual_page(self):
        page = kiln_binary.source("docs/kiln.1")
        for section, end, options in ((".Ss run", ".Ss record", self.run_options),
                                      (".Ss bisect", ".Ss jitdump", self.bisect_options),
                                      (".Ss jitdump", ".Ss disasm", self.jitdump_options)):
            items = re.findall(r"^\.It Fl -([a-z-]+)", between(page, section, end), re.M)
            self.assertEqual({f"--{name}" for name in items}, options)
        for section, end, options in ((".Ss replay", ".Ss resume", self.replay_options),
                                      (".Ss resume", ".Ss jitdump", self.resume_options)):
            flags = re.findall(r"^\.Fl (-.*)", between(page, section, end), re.M)
            self.assertEqual({f"-{flag}" for flag in " , ".join(flags).split(" , ")}, options)
        for command, end, options in ((".Cm disasm", ".Cm cache", self.disasm_options),
                                      (".Cm cache", ".Cm info", self.cache_options)):
            synopsis = between(page, command, end)
            self.assertEqual({f"--{name}" for name in re.findall(r"Fl -([a-z-]+)", synopsis)},
                             options)

    def test_cli_page(self):
        page = kiln_binary.source("docs/cli.md")
        for section, options in (("## kiln run", self.run_options),
                                 ("## kiln replay", self.replay_options),
                                 ("## kiln resume", self.resume_options),
                                 ("## kiln bisect", self.bisect_options),
                                 ("## kiln jitdump", self.jitdump_options)):
            rows = between(page, section, "\n## ")
            self.assertEqual(set(re.findall(r"^\| `(--[a-z-]+)", rows, re.M)), options)
        for section, options in (("## kiln disasm", self.disasm_options),
                                 ("## kiln cache", self.cache_options)):
            self.assertLessEqual(options, options_of(between(page, section, "\n## ")))

    def test_bash_completion(self):
        text = kiln_binary.source("tools/completion/kiln.bash")
        self.assertEqual(options_of(between(text, "_kiln_run_options='", "'")) - _COMMON,
                         self.run_options)
        self.assertEqual(options_of(between(text, "_kiln_replay_options='", "'")) - _COMMON,
                         self.replay_options)
        self.assertEqual(options_of(between(text, "_kiln_resume_options='", "'")) - _COMMON,
                         self.resume_options)
        self.assertEqual(options_of(between(text, "_kiln_bisect_options='", "'")),
                         self.bisect_options)
        self.assertEqual(options_of(between(text, "_kiln_jitdump_options='", "'")),
                         self.jitdump_options)
        self.assertEqual(options_of(between(text, "_kiln_disasm_options='", "'")) - _COMMON,
                         self.disasm_options)
        self.assertEqual(options_of(between(text, "_kiln_cache_options='", "'")) - _COMMON,
                         self.cache_options)

    def test_zsh_completion(self):
        text = kiln_binary.source("tools/completion/_kiln")
        shared = between(text, "_kiln_observing=(", "\n)")
        for function, options in (("_kiln_run()", self.run_options),
                                  ("_kiln_replay()", self.replay_options),
                                  ("_kiln_resume()", self.resume_options),
                                  ("_kiln_bisect()", self.bisect_options),
                                  ("_kiln_jitdump()", self.jitdump_options),
                                  ("_kiln_disasm()", self.disasm_options),
                                  ("_kiln_cache()", self.cache_options)):
            body = between(text, function, "\n}").replace("$_kiln_observing", shared)
            self.assertEqual(set(re.findall(r"'(?:\*|\(.*?\))?(--[a-z-]+)\[", body)) - _COMMON,
                             options)

    def test_version_and_info(self):
        version = kiln_binary.run("--version").stdout
        self.assertRegex(version, r"\Akiln \d+\.\d+\.\d+\n\Z")
        info = kiln_binary.run("info")
        self.assertEqual(info.returncode, 0)
        self.assertIn(version.split()[1], info.stdout)
        for word in ("backends", "interp", "default ISA", "rv64", "host features", "kept code"):
            self.assertIn(word, info.stdout)


kiln_binary.main()
