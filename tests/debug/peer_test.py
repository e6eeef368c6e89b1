"""The stub and clients that are no gdb: broken packets, lost connections, more than one client."""

import time
import unittest

import session
from session import Kiln, packet


class Peers(unittest.TestCase):
    def serves(self, kiln):
        """Whether a new client finds the guest and its registers."""
        with kiln.connect() as client:
            self.assertRegex(client.ask("?"), "^T0[25]thread:")
            self.assertEqual(len(client.ask("g")), 33 * 16)
            self.assertEqual(client.ask("D"), "OK")

    def test_malformed_packets_are_answered(self):
        with Kiln(session.guest()) as kiln, kiln.connect() as client:
            for payload in ("m", "m80000000", "m80000000,", "mzz,4", "m,", "M80000000,4:00", "Gzz", "P",
                            "P5", "P5=", "P5=123", "Z0", "Z0,", "Z9,0,0", "Z2,0,0", "Z2,ffffffffffffffff,2",
                            "vCont;", "vCont;x", "vCont;s:9", "Hg9", "T9", "qXfer:features:read:target.xml:",
                            "qXfer:features:read:target.xml:0,", "qRcmd,1", "qRcmd,zz", "X80000000,4:a",
                            "p99999", "pffffffffffffffffff", "vCont;r1,:1", "H", "QNonsense", "", "\x00"):
                self.assertRegex(client.ask(payload), r"^(E[0-9a-f]{2})?$", payload)
            self.assertRegex(client.ask("?"), "^T05thread:1;$")

    def test_checksums_are_asked_for_again(self):
        with Kiln(session.guest()) as kiln, kiln.connect() as client:
            client.send(b"$g#00")
            self.assertEqual(client.receive(1), b"-")
            first = client.ask("qC")
            client.send(b"-")
            self.assertEqual(client.answer(), first)

    def test_overlong_packet_is_refused(self):
        with Kiln(session.guest()) as kiln, kiln.connect() as client:
            client.send(packet(b"m" + b"0" * 1_000_000))
            self.assertEqual(client.until(b"-"), b"-")
            self.assertEqual(client.ask("QStartNoAckMode"), "OK")
            client.send(packet(b"m" + b"0" * 1_000_000))
            self.assertEqual(client.answer(), "E16")

    def test_second_client_is_turned_away(self):
        with Kiln(session.guest()) as kiln, kiln.connect() as first:
            self.assertEqual(first.ask("qC"), "QC1")
            with kiln.connect() as second:
                self.assertEqual(second.receive(), b"")
            self.assertEqual(first.ask("qC"), "QC1")

    def test_lost_client_lets_the_guest_run_on(self):
        with Kiln(session.guest()) as kiln:
            with kiln.connect() as client:
                self.assertEqual(client.ask("Z0,80000000,4"), "OK")
                client.send(b"$m8000")
            self.assertEqual(kiln.exit_code(), 0)

    def test_client_lost_while_the_guest_runs(self):
        with Kiln(session.guest(), "--smp", "2") as kiln:
            with kiln.connect() as client:
                client.send(packet("vCont;c"))
                client.until(b"+")
            self.assertEqual(kiln.exit_code(), 0)

    def test_client_that_reads_nothing_is_waited_for(self):
        with Kiln(session.guest()) as kiln:
            with kiln.connect() as client:
                self.assertEqual(client.ask("QStartNoAckMode"), "OK")
                client.socket.settimeout(1)
                try:
                    for _ in range(2000):
                        client.send(packet("m80000000,2000") * 1000)
                    self.fail("the stub takes commands whose answers nobody reads")
                except TimeoutError:
                    pass
            self.assertEqual(kiln.exit_code(), 0)

    def test_interrupt_and_later_clients(self):
        # The second hart counts for ever while the first stands in front of the end of the machine.
        with Kiln(session.guest()) as kiln:
            with kiln.connect() as client:
                # A loop to itself.
                self.assertEqual(client.ask("M80000000,4:6f000000"), "OK")
                client.send(packet("vCont;c"))
                client.until(b"+")
                client.send(b"\x03")
                self.assertEqual(client.answer(), "T02thread:1;")
                self.assertEqual(client.ask("P20=0000008000000000"), "OK")
                client.send(packet("c"))
            self.serves(kiln)
            self.serves(kiln)
            self.assertIsNone(kiln.process.poll())

    def test_interrupt_wakes_an_idle_machine(self):
        with Kiln(session.guest()) as kiln, kiln.connect() as client:
            # wfi, again and again, with nothing that could end it.
            self.assertEqual(client.ask("M80000000,8:730050106ff0dfff"), "OK")
            for _ in range(3):
                client.send(packet("vCont;c"))
                client.until(b"+")
                time.sleep(0.1)
                client.send(b"\x03")
                self.assertEqual(client.answer(), "T02thread:1;")
            self.assertIn("waits", bytes.fromhex(client.ask("qThreadExtraInfo,1")).decode())

    def test_nowait_runs_until_a_client_comes(self):
        with Kiln(session.guest(), address="0,nowait") as kiln:
            self.assertEqual(kiln.exit_code(), 0)

    def test_host_is_obeyed(self):
        for host in ("127.0.0.1", "localhost", "0.0.0.0"):
            with Kiln(session.guest(), address=f"{host}:0") as kiln:
                kiln.host = "127.0.0.1"
                self.serves(kiln)

    def test_legacy_packets(self):
        with Kiln(session.guest()) as kiln, kiln.connect() as client:
            self.assertEqual(client.ask("s"), "T05thread:1;")
            self.assertEqual(client.ask("p20"), "0400008000000000")
            self.assertEqual(client.ask("S05"), "T05thread:1;")
            self.assertEqual(client.ask("P20=0000008000000000"), "OK")
            self.assertEqual(client.ask("s80000004"), "T05thread:1;")
            self.assertEqual(client.ask("X80000000,2:}\x03}\x04"), "OK")
            self.assertEqual(client.ask("m80000000,2"), "2324")
            client.send(packet("C05"))
            client.send(packet("k"))
            client.socket.close()


session.main()
