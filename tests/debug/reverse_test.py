"""gdb goes back in time under --clock icount."""

import re
import unittest

import session
from session import Kiln, part


def icount(*options, typed=""):
    return Kiln(session.guest(), "--clock", "icount", *options, typed=typed)


class Reverse(unittest.TestCase):
    def test_last_write_of_a_watched_variable(self):
        with icount() as kiln:
            printed = kiln.gdb("break finished", "continue", "delete", "watch last_round",
                               "reverse-continue", "print last_round", "reverse-continue ", "backtrace 1",
                               "continue ", "print last_round ")
            self.assertRegex(part(printed, "reverse-continue"), r"Old value = 19999\nNew value = 19998\n")
            self.assertRegex(part(printed, "print last_round"), r"= 19998$")
            self.assertRegex(part(printed, "reverse-continue "), r"Old value = 19998\nNew value = 19997\n")
            self.assertIn("outer", part(printed, "backtrace 1"))
            self.assertRegex(part(printed, "continue "), r"Old value = 19997\nNew value = 19998\n")

    def test_last_hit_of_a_breakpoint(self):
        with icount() as kiln:
            printed = kiln.gdb("break finished", "continue", "delete", "break middle", "reverse-continue",
                               "reverse-continue ", "print last_round", "reverse-finish")
            self.assertRegex(part(printed, "reverse-continue"), r"middle \(n=(n@entry=)?19999\)")
            self.assertRegex(part(printed, "reverse-continue "), r"middle \(n=(n@entry=)?19998\)")
            self.assertRegex(part(printed, "print last_round"), r"= 19998$")
            self.assertIn("outer", part(printed, "reverse-finish"))

    def test_steps_back_undo_steps(self):
        with icount() as kiln:
            steps = 12
            commands = []
            for i in range(steps):
                commands += [f"info registers{' ' * (i + 1)}", "stepi"]
            for i in reversed(range(steps)):
                commands += ["reverse-stepi", f"info registers{' ' * (i + 1 + steps)}"]
            printed = kiln.gdb("break inner if n == 7000", "continue", *commands)
            for i in range(steps):
                forward = part(printed, f"info registers{' ' * (i + 1)}")
                self.assertIn("pc ", forward)
                self.assertEqual(forward, part(printed, f"info registers{' ' * (i + 1 + steps)}"))

    def test_lines_and_calls(self):
        with icount() as kiln:
            printed = kiln.gdb("break inner if n == 3", "continue", "delete", "finish", "reverse-step",
                               "reverse-step ", "reverse-next", "print total")
            self.assertIn("inner", part(printed, "reverse-step"))
            self.assertRegex(part(printed, "print total"), r"= \d+$")

    def test_beginning_of_history(self):
        with icount() as kiln:
            printed = kiln.gdb("break outer", "continue", "delete", "reverse-continue", "info registers pc",
                               "reverse-stepi", "print $minstret", "continue ")
            self.assertIn("No more reverse-execution history", part(printed, "reverse-continue"))
            self.assertRegex(part(printed, "info registers pc"), r"^pc +0x80000000")
            self.assertIn("No more reverse-execution history", part(printed, "reverse-stepi"))
            self.assertRegex(part(printed, "print $minstret"), r"= 0$")
            self.assertIn("exited normally", part(printed, "continue "))
            self.assertEqual(kiln.exit_code(), 0)

    def test_a_change_begins_history_anew(self):
        with icount() as kiln:
            printed = kiln.gdb("break middle", "continue", "delete", "set var input = 6", "stepi", "stepi",
                               "reverse-continue", "print input", "break check_eq",
                               "continue ", "print total - 199990000")
            self.assertIn("No more reverse-execution history", part(printed, "reverse-continue"))
            self.assertRegex(part(printed, "print input"), r"= 6$")
            # 3 more for each round.
            self.assertRegex(part(printed, "print total - 199990000"), r"= 380000$")

    def test_two_harts(self):
        with icount("--smp", "2") as kiln:
            printed = kiln.gdb("break secondary", "continue", "delete", "watch beats", "continue ",
                               "continue  ", "continue   ", "print beats", "reverse-continue",
                               "reverse-continue ", "print beats ", "thread", "stepi", "reverse-stepi",
                               "reverse-stepi ", "thread ", "print beats  ")
            self.assertRegex(part(printed, "print beats"), r"= 3$")
            self.assertRegex(part(printed, "print beats "), r"= 1$")
            self.assertIn("Thread 2", part(printed, "thread"))
            self.assertIn("Thread 2", part(printed, "thread "))

    def test_console_repeats_input_but_not_output(self):
        with icount(typed="kiln") as kiln:
            printed = kiln.gdb("break finished", "continue", "print typed", "delete", "break outer",
                               "reverse-continue", "print typed ", "delete", "break finished",
                               "continue ", "print typed  ", "continue  ")
            self.assertEqual(part(printed, "print typed")[2:], part(printed, "print typed  ")[2:])
            self.assertRegex(part(printed, "print typed "), r"= 0$")
            self.assertNotRegex(part(printed, "print typed"), r"= 0$")
            self.assertIn("exited normally", part(printed, "continue  "))
            self.assertEqual(kiln.output(), "." * 20)

    def test_none_under_the_clock_of_the_host(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("stepi", "reverse-stepi")
            self.assertIn("does not support this command", part(printed, "reverse-stepi"))


session.main()
