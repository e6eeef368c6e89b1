"""gdb debugs a guest through the stub: what a user does, on one engine (--kiln) after the other."""

import re
import unittest

import session
from session import Kiln, part


class Debuggee(unittest.TestCase):
    def test_stands_in_front_of_the_first_instruction(self):
        for xlen in (32, 64):
            with Kiln(session.guest(xlen)) as kiln:
                printed = kiln.gdb("info registers pc", "print $minstret", "x/i $pc")
                self.assertRegex(part(printed, "info registers pc"), r"^pc +0x80000000")
                self.assertRegex(part(printed, "print $minstret"), r"= 0$")
                self.assertIn("_start", part(printed, "x/i $pc"))

    def test_breakpoint_and_backtrace(self):
        for xlen in (32, 64):
            with Kiln(session.guest(xlen)) as kiln:
                printed = kiln.gdb("break inner if n == 700", "continue", "backtrace", "info symbol $pc",
                                   "frame 2", "print last_round")
                self.assertRegex(part(printed, "continue"), r"Breakpoint 1, inner \(n=(n@entry=)?700\)")
                functions = re.findall(r"^#\d+ .*?(\w+) \(", part(printed, "backtrace"), re.M)
                self.assertEqual(functions[:4], ["inner", "middle", "outer", "test"])
                self.assertIn("inner in section", part(printed, "info symbol $pc"))
                self.assertIn("outer", part(printed, "frame 2"))
                self.assertRegex(part(printed, "print last_round"), r"= 700$")

    def test_hardware_breakpoint(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("hbreak middle", "continue", "delete", "hbreak finished", "continue ")
            self.assertRegex(part(printed, "continue"), r"Breakpoint 1, middle \(n=(n@entry=)?0\)")
            self.assertIn("Breakpoint 2, finished ()", part(printed, "continue "))

    def test_step_stepi_next_and_finish(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("break outer", "continue", "delete", "print $minstret", "stepi",
                               "print $minstret ", "break middle", "continue ", "step", "finish",
                               "next", "info symbol $pc")
            count = int(re.search(r"= (\d+)", part(printed, "print $minstret"))[1])
            self.assertRegex(part(printed, "print $minstret "), f"= {count + 1}$")
            self.assertRegex(part(printed, "continue "), r"middle \(n=(n@entry=)?0\)")
            self.assertRegex(part(printed, "step"), r"inner \(n=(n@entry=)?0\)")
            self.assertIn("Value returned is $3 = 15", part(printed, "finish"))
            self.assertIn("total += result", part(printed, "next") + part(printed, "finish"))
            self.assertIn("middle", part(printed, "info symbol $pc"))

    def test_watchpoint_tells_old_and_new(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("break outer", "continue", "watch last_round", "continue ",
                               "continue  ", "backtrace 1")
            self.assertIn("Hardware watchpoint 2: last_round", part(printed, "watch last_round"))
            self.assertRegex(part(printed, "continue "), r"Old value = 0\nNew value = 1\n")
            self.assertRegex(part(printed, "continue  "), r"Old value = 1\nNew value = 2\n")
            self.assertIn("outer", part(printed, "backtrace 1"))

    def test_watchpoint_with_condition_stops_once(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("watch total if total > 1000", "continue", "print total")
            self.assertRegex(part(printed, "continue"), r"Old value = 9\d\d\nNew value = 10\d\d\n")

    def test_read_and_access_watchpoints(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("rwatch input", "continue", "info symbol $pc", "delete",
                               "awatch last_round", "continue ", "info symbol $pc ")
            self.assertRegex(part(printed, "continue"), r"read watchpoint 1: input\n\nValue = 5")
            self.assertIn("inner", part(printed, "info symbol $pc"))
            self.assertIn("access (read/write) watchpoint 2: last_round", part(printed, "continue "))
            self.assertIn("outer", part(printed, "info symbol $pc "))

    def test_registers_of_all_kinds(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("break outer", "continue", "info registers", "info registers float",
                               "print $priv", "print $misa & 1", "print/x $mtvec",
                               "print/x (long)&trap_entry", "info registers csr")
            self.assertRegex(part(printed, "info registers"), r"(?m)^a0 +0x4e20\t20000$")
            self.assertRegex(part(printed, "info registers float"), r"(?m)^fa0 +\{float = 0, double")
            self.assertRegex(part(printed, "print $priv"), r"= 3$|Machine")
            self.assertRegex(part(printed, "print $misa & 1"), r"= 1$")
            self.assertEqual(part(printed, "print/x $mtvec").split("=")[1],
                             part(printed, "print/x (long)&trap_entry").split("=")[1])
            self.assertRegex(part(printed, "info registers csr"), r"(?m)^mstatus ")

    def test_writing_registers_and_memory(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("break middle", "continue", "set var $a0 = 77", "set var $fa0.double = 1.5",
                               "set var $mscratch = 0x1234", "set var total = 1000", "delete",
                               "break inner", "continue ", "print total", "print $fa0.double",
                               "print/x $mscratch", "print n", "set var $priv = 2", "call inner(1)")
            self.assertRegex(part(printed, "continue "), r"inner \(n=(n@entry=)?77\)")
            self.assertRegex(part(printed, "print total"), r"= 1000$")
            self.assertRegex(part(printed, "print $fa0.double"), r"= 1.5$")
            self.assertRegex(part(printed, "print/x $mscratch"), r"= 0x1234$")
            self.assertIn("Could not write register", part(printed, "set var $priv = 2"))
            self.assertIn("The program being debugged stopped while in a function", printed)

    def test_code_that_is_written_runs(self):
        # c.li a0, 7 and c.jr ra in place of a function that ran often.
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("break inner if n == 5000", "continue", "set var *(int*)&inner = 0x8082451d",
                               "delete", "break *(&middle + 0) if n == 5002", "continue ", "finish")
            self.assertRegex(part(printed, "finish"), r"Value returned is \$1 = 8$")

    def test_memory_that_is_no_ram_is_refused(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("x/wx 0x10000000", "set var *(char*)0x10000000 = 65", "x/wx 0x80000000")
            self.assertIn("Cannot access memory at address 0x10000000", part(printed, "x/wx 0x10000000"))
            self.assertIn("Cannot access memory", part(printed, "set var *(char*)0x10000000 = 65"))
            self.assertIn("_start", part(printed, "x/wx 0x80000000"))
            self.assertEqual(kiln.exit_code(), 0)

    def test_two_harts(self):
        with Kiln(session.guest(), "--smp", "2") as kiln:
            printed = kiln.gdb("info threads", "break secondary", "continue", "info threads ",
                               "print $mhartid", "stepi", "print $mhartid ", "thread 1",
                               "print $mhartid  ", "delete", "thread 2", "watch beats", "continue ")
            self.assertRegex(part(printed, "info threads"), r'\* 1 +Thread 1 "hart 0"')
            self.assertRegex(part(printed, "info threads"), r'  2 +Thread 2 "hart 1"')
            self.assertRegex(part(printed, "continue"), r'Thread 2 "hart 1" hit Breakpoint 1(\.\d)?, secondary')
            self.assertRegex(part(printed, "info threads "), r"\* 2 .*secondary")
            self.assertRegex(part(printed, "print $mhartid"), "= 1$")
            self.assertRegex(part(printed, "print $mhartid "), "= 1$")
            self.assertRegex(part(printed, "print $mhartid  "), "= 0$")
            self.assertIn('Thread 2 "hart 1" hit Hardware watchpoint', part(printed, "continue "))

    def test_guest_ends(self):
        with Kiln(session.guest()) as kiln:
            self.assertIn("exited normally", kiln.gdb("continue"))
            self.assertEqual(kiln.exit_code(), 0)
        with Kiln(session.guest()) as kiln:
            self.assertIn("exited with code 01", kiln.gdb("break finished", "break outer", "continue",
                                                           "set var $a0 = 0", "delete", "continue "))
            self.assertEqual(kiln.exit_code(), 1)
        with Kiln(session.guest(), "--limit-instructions", "300000") as kiln:
            self.assertIn("exited with code 0174", kiln.gdb("continue"))
            self.assertEqual(kiln.exit_code(), 124)

    def test_detach_lets_the_guest_run_on(self):
        with Kiln(session.guest()) as kiln:
            printed = kiln.gdb("break inner", "continue", "detach")
            self.assertIn("detached", part(printed, "detach"))
            self.assertEqual(kiln.exit_code(), 0)

    def test_kill_ends_kiln(self):
        for command in ("kill", "monitor quit"):
            with Kiln(session.guest()) as kiln:
                kiln.gdb("stepi", command)
                self.assertEqual(kiln.exit_code(), 0)

    def test_monitor(self):
        with Kiln(session.guest(), "--smp", "2") as kiln:
            printed = kiln.gdb("break outer", "continue", "monitor help", "monitor info",
                               "monitor nonsense", "monitor reset", "maint flush register-cache",
                               "print/x $pc", "continue ")
            self.assertRegex(part(printed, "monitor help"), r"(?m)^reset ")
            self.assertRegex(part(printed, "monitor info"), r"(?m)^hart 1: pc 0x[0-9a-f]+, M-mode")
            self.assertIn("no such command", part(printed, "monitor nonsense"))
            self.assertRegex(part(printed, "print/x $pc"), "= 0x80000000$")
            self.assertIn("hit Breakpoint 1, outer", part(printed, "continue "))


class BareFlow(unittest.TestCase):
    def test_break_in_the_demo(self):
        with Kiln(session.firmware("rv64-m/demo/demo.elf"), "--bios", "none") as kiln:
            printed = kiln.gdb("break count_primes", "continue", "backtrace", "finish", "info symbol $pc")
            self.assertIn("Breakpoint 1, ", part(printed, "continue"))
            functions = re.findall(r"^#\d+ .*?(\w+) \(", part(printed, "backtrace"), re.M)
            self.assertEqual(functions[0], "count_primes")
            self.assertIn("main", functions)
            self.assertIn(functions[1], part(printed, "info symbol $pc"))


session.main()
