#!/usr/bin/env python3
"""Our peer program through coturn, a TURN server.

usage: turn_test.py --peer=PROGRAM [unittest arguments]

Fails where turnserver (Debian: coturn) is not installed.
"""
import argparse
import contextlib
import os
import shlex
import shutil
import socket
import sys
import tempfile
import time
import unittest

import checks
import name_server
import turn_server
from name_server import NameServer, address, service
from native import NativePeer
from peer import connected
from turn_server import PASSWORD, USER, Certificate, TurnServer, blamed

settings = argparse.Namespace()
UDP = "udp"


def peer(role, *urls, password=PASSWORD, command=None, **options):
    command = [*(command or settings.peer), *(f"--ice-server={url}" for url in urls)]
    return NativePeer(command, name=f"{role} {urls[0]}", role=role, start=False, label="first", turn_user=USER,
                      turn_pass=password, **options)


def relayed(*peers, transport=None):
    """Checks that all of them send through a relay, and how they reach that."""
    for each in peers:
        local = each.selected()["local"]
        checks.expect(local["type"] == "relay", f"{each.name} uses {local}")
        checks.expect(transport in (None, local["relayProtocol"]), f"{each.name} uses {local}")


class Cases:
    transport = UDP
    secured = {}  # options of a server
    trusted = {}  # options of a peer

    def server(self, *options, **more):
        return TurnServer(*options, **self.secured, **more)

    def peer(self, role, *servers, **options):
        urls = [each if isinstance(each, str) else each.url(self.transport) for each in servers]
        return peer(role, *urls, **{**self.trusted, **options})

    def test_both_sides_relayed(self):
        with self.server() as server, blamed(server):
            a, b = (self.peer(role, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b):
                relayed(a, b, transport=self.transport)
                checks.messages(a, b)
                checks.messages(b, a)
                checks.no_errors(a, b)
                for each in (a, b):
                    for event in each.find("candidate"):
                        text = event["candidate"]
                        checks.expect(not text or "typ relay raddr 0.0.0.0 rport 0" in text, f"leaked: {text}")
            server.wait_for(r"refreshed, .*lifetime=0\b", 2)  # given back

    def test_one_side_relayed(self):
        with self.server() as server, blamed(server):
            for relaying in ("offerer", "answerer"):
                ends = [self.peer(role, server, policy="relay" if role == relaying else "all")
                        for role in ("offerer", "answerer")]
                with self.subTest(relaying=relaying), connected(*ends):
                    relayed(*(each for each in ends if each.name.startswith(relaying)))
                    checks.messages(*ends)

    def test_wrong_password(self):
        with self.server() as server, blamed(server):
            a, b = self.peer("offerer", server, password="wrong"), self.peer("answerer", server)
            with connected(a, b):
                error = a.wait("error", where="icecandidate")
                checks.expect(error["code"] == 401, f"{error}")
                checks.expect("wrong" not in str(error), f"{error}")

    def test_quota(self):
        with self.server("--user-quota=1") as server, blamed(server):
            a, b = (self.peer(role, server) for role in ("offerer", "answerer"))
            with connected(a, b):
                errors = {}
                while not errors:
                    errors = {each["code"] for each in a.find("error", where="icecandidate") + b.find("error", where="icecandidate")}
                checks.expect(errors == {486}, f"{errors}")

    def test_dead_server_delays_nobody(self):
        dead = f"turn:{turn_server.host_address()}:{turn_server.free_port(turn_server.host_address())}"
        with self.server() as server, blamed(server):
            nowhere = "turn:turn.nobody.invalid"  # DNS is asked for the service and for addresses
            a, b = (self.peer(role, dead, nowhere, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b) as seconds:
                checks.expect(seconds < 3, f"took {seconds:.1f} s")
                relayed(a, b)
                checks.messages(a, b, sizes=(1024,), texts=("hello",))

    def test_sent_to_another_port(self):
        with self.server() as second, blamed(second):
            with self.server(second.alternate(self.transport)) as first, blamed(first):
                a, b = (self.peer(role, first, policy="relay") for role in ("offerer", "answerer"))
                with connected(a, b):
                    relayed(a, b)
                    checks.messages(a, b, sizes=(1024,), texts=("hello",))
                    checks.no_errors(a, b)
                checks.expect(first.count("ALLOCATE processed, success") == 0, "the first server relays")
                checks.expect(second.count("ALLOCATE processed, success") >= 2, "the second server does not relay")

    def sent_to_another_host(self, follow, first=None, second=None, **options):
        """The codes of the errors, and whether there was a candidate."""
        options = {**self.trusted, **options}
        with TurnServer(address="127.0.0.2", **(second or {})) as there, blamed(there):
            with TurnServer(there.alternate(self.transport), address="127.0.0.1", **(first or {})) as here, blamed(here):
                a = peer("offerer", here.url(self.transport), policy="relay", follow=follow, bind="127.0.0.1", **options)
                with contextlib.closing(a):
                    a.wait("ready")
                    a.send({"type": "start"})
                    a.wait("state", what="gathering", value="complete")
                    candidates = [each for each in a.find("candidate") if each["candidate"]]
                    return [each["code"] for each in a.find("error", where="icecandidate")], bool(candidates)

    def test_sent_to_another_host(self):
        for follow in (False, True):
            self.assertEqual(self.sent_to_another_host(follow), ([] if follow else [300], follow))

    def test_stale_nonces(self):
        with self.server("--stale-nonce=1") as server, blamed(server):
            a, b = (self.peer(role, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b):
                end = time.monotonic() + 30
                while server.count("error 438") < 2:
                    checks.expect(time.monotonic() < end, "no nonce became stale")
                    position = a.mark()
                    a.send({"type": "restart-ice"})  # asks the server whether the allocation is still there
                    a.wait("state", since=position, what="gathering", value="complete")
                    a.wait("state", since=position, what="signaling", value="stable")
                    checks.exchange(a, b, "first", "still here")
                relayed(a, b)
                checks.no_errors(a, b)

    def test_server_restarts(self):
        with self.server() as server, blamed(server):
            a, b = (self.peer(role, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b):
                checks.messages(a, b, sizes=(1024,), texts=("before",))
                server.stop()
                a.wait("state", what="ice", value=("disconnected", "failed"), deadline=60)
                server.start()
                marks = {peer: peer.mark() for peer in (a, b)}
                a.send({"type": "restart-ice"})
                for peer, mark in marks.items():
                    peer.wait("state", since=mark, what="ice", value=("connected", "completed"), deadline=40)
                relayed(a, b)
                checks.messages(a, b, sizes=(1024,), texts=("after",))


class UdpTest(Cases, unittest.TestCase):
    transport = UDP

    def test_a_server_over_ipv6(self):
        """coturn 4.6 does not know RFC 8656's ADDITIONAL-ADDRESS-FAMILY, so it relays IPv4 alone."""
        address = turn_server.host_address(socket.AF_INET6)
        if not address:
            self.skipTest("this host has no IPv6")
        with self.server(f"--relay-ip={turn_server.host_address()}", address=address) as server, blamed(server):
            a, b = (self.peer(role, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b):
                relayed(a, b)
                checks.messages(a, b, sizes=(1024,), texts=("hello",))
                checks.no_errors(a, b)


class NamesTest(unittest.TestCase):
    """Servers by names without ports; where programs cannot be given another DNS server this is skipped."""

    def setUp(self):
        if problem := name_server.problem():
            self.skipTest(f"no DNS server of our own: {problem}")

    def connect(self, records, silent=(), seconds=5.0):
        """How long it takes through a server that these records of turn.example.org lead to."""
        with NameServer(records, silent) as dns:
            a, b = (peer(role, "turn:turn.example.org", command=dns.asking(settings.peer), policy="relay")
                    for role in ("offerer", "answerer"))
            with connected(a, b) as took:
                relayed(a, b)
                checks.no_errors(a, b)
                checks.expect(took < seconds, f"took {took:.1f} s")
            checks.expect(("_turn._udp.turn.example.org", name_server.SRV) in dns.asked, f"{dns.asked}")

    def test_a_service_has_a_host_and_a_port_of_its_own(self):
        with TurnServer() as server, blamed(server):
            self.connect({"turn.example.org": [address("198.51.100.1")],
                          "_turn._udp.turn.example.org": [service("relay.example.org", server.port)],
                          "relay.example.org": [address(server.address)]})

    def test_the_next_target_when_one_is_dead(self):
        with TurnServer() as server, blamed(server):
            self.connect({"_turn._udp.turn.example.org": [service("relay.example.org", server.port, priority=2),
                                                          service("dead.example.org", 9, priority=1)],
                          "dead.example.org": [address(server.address)],
                          "relay.example.org": [address(server.address)]})

    def test_without_a_service_the_name_has_the_usual_port(self):
        for silent in ((), (name_server.SRV,)):
            with self.subTest(silent=silent), TurnServer(port=3478) as server, blamed(server):
                self.connect({"turn.example.org": [address(server.address)]}, silent)


class TcpTest(Cases, unittest.TestCase):
    transport = "tcp"


class TlsTest(Cases, unittest.TestCase):
    transport = "tls"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-tls-")
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = Certificate(folder.name, turn_server.host_address())
        cls.secured = {"certificate": cls.certificate}
        cls.trusted = {"tls_ca": cls.certificate.ca}

    def refused(self, server, **options):
        """A peer with these options gets no relay, but says why."""
        with blamed(server):
            a = peer("offerer", server.url(self.transport), policy="relay", **options)
            with contextlib.closing(a):
                a.wait("ready")
                a.send({"type": "start"})
                error = a.wait("error", where="icecandidate")
                checks.expect(error["code"] == 701 and "TLS" in error["message"], f"{error}")
                a.wait("state", what="gathering", value="complete")
                checks.expect(not a.find("candidate"), "there is a candidate")

    def accepted(self, server, **options):
        with blamed(server):
            a, b = (peer(role, server.url(self.transport), policy="relay", **options)
                    for role in ("offerer", "answerer"))
            with connected(a, b):
                relayed(a, b)
                checks.messages(a, b, sizes=(1024,), texts=("hello",))

    def test_a_ca_that_nobody_trusts(self):
        with self.server() as server:
            self.refused(server)

    def test_a_certificate_for_another_name(self):
        with tempfile.TemporaryDirectory() as folder:
            other = Certificate(folder, "198.51.100.99")
            with TurnServer(certificate=other) as server:
                self.refused(server, tls_ca=other.ca)

    def test_a_pinned_certificate(self):
        with self.server() as server:
            self.accepted(server, tls_fingerprint=self.certificate.fingerprint)
            self.refused(server, tls_fingerprint=":".join(["00"] * 32))

    def test_sent_to_another_host(self):
        """Which needs a certificate for the name of the first, as coturn tells no other one. RFC 8489 §10"""
        with tempfile.TemporaryDirectory() as folder:
            good = Certificate(folder, "127.0.0.1")
            right, wrong = {"certificate": good}, self.secured
            self.assertEqual(self.sent_to_another_host(False, right, right, tls_ca=good.ca), ([300], False))
            self.assertEqual(self.sent_to_another_host(True, right, right, tls_ca=good.ca), ([], True))
            self.assertEqual(self.sent_to_another_host(True, right, wrong, tls_ca=good.ca), ([701], False))

    def test_any_certificate_if_so_asked(self):
        with self.server() as server:
            self.accepted(server, tls_insecure=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=os.environ.get("SLUICE_PEER", ""), help="program (and arguments), default $SLUICE_PEER")
    rest = parser.parse_known_args(namespace=settings)[1]
    settings.peer = shlex.split(settings.peer)
    if not settings.peer or not shutil.which(settings.peer[0]):
        sys.exit(f"no peer program {settings.peer}: build examples/peer and name it with --peer")
    if not turn_server.program():
        sys.exit("no turnserver: install the package coturn")
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
