#!/usr/bin/env python3
"""Are the networks themselves what they are called? What routers map and let in, and what cables do to packets.

usage: lab_test.py --cable=PROGRAM [unittest arguments]
"""
import argparse
import os
import select
import socket
import subprocess
import sys
import time
import unittest

import lab
import nat
import topologies

PATIENCE = 5.0  # for what has to come
SILENCE = 0.3  # for what must not come; nothing is slow here
INSIDE, PUBLIC, SECOND = ("10.1.0.2", 4000), ("203.0.113.10", 3478), ("203.0.113.11", 3478)


def udp(host, endpoint):
    with host.entered():
        result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        result.bind(endpoint)
        return result


def received(at, patience):
    """(datagram, where it comes from), or nothing."""
    return at.recvfrom(2048) if select.select([at], [], [], patience)[0] else None


class NatTest(unittest.TestCase):
    def setUp(self):
        self.net = self.enterContext(lab.Lab())
        self.public = self.net.connect("public", PUBLIC[0])
        self.public.add_address("eth0", SECOND[0])
        self.net.core.ip(f"route add {SECOND[0]} via {PUBLIC[0]}")

    def behind(self, kind):
        router = nat.Nat(self.net, "nat", kind, "203.0.113.20", "10.1.0")
        return router, self.socket(router.connect("a"), INSIDE)

    def socket(self, host, endpoint):
        result = udp(host, endpoint)
        self.addCleanup(result.close)
        return result

    def source(self, inside, at, endpoint):
        """Where a datagram from inside seems to come from."""
        inside.sendto(b"out", endpoint)
        datagram = received(at, PATIENCE)
        self.assertIsNotNone(datagram)
        return datagram[1]

    def check(self, kind, same_mapping, from_port, from_address):
        inside = self.behind(kind)[1]
        there = self.socket(self.public, PUBLIC)
        second = self.socket(self.public, SECOND)
        other_port = self.socket(self.public, (PUBLIC[0], 3479))
        mapped = self.source(inside, there, PUBLIC)
        self.assertEqual(mapped[0], "203.0.113.20")
        for sender, passes in ((there, True), (other_port, from_port), (second, from_address)):
            sender.sendto(b"in", mapped)
            self.assertEqual(bool(received(inside, PATIENCE if passes else SILENCE)), passes, f"{sender}")
        self.assertEqual(self.source(inside, second, SECOND) == mapped, same_mapping)

    def test_endpoint_independent(self):
        self.check(nat.ENDPOINT_INDEPENDENT, True, True, True)

    def test_address_restricted(self):
        self.check(nat.ADDRESS_RESTRICTED, True, True, False)

    def test_port_restricted(self):
        self.check(nat.PORT_RESTRICTED, True, False, False)

    def test_symmetric(self):
        self.check(nat.SYMMETRIC, False, False, False)

    def test_a_probe_that_comes_too_early_changes_no_mapping(self):
        for kind in nat.KINDS[:3]:
            with self.subTest(kind=kind):
                self.net.close()
                self.setUp()
                inside = self.behind(kind)[1]
                there = self.socket(self.public, PUBLIC)
                there.sendto(b"early", ("203.0.113.20", INSIDE[1]))
                self.assertIsNone(received(inside, SILENCE))
                self.assertEqual(self.source(inside, there, PUBLIC), ("203.0.113.20", INSIDE[1]))

    def test_firewalls(self):
        for firewall, udp_passes, port, tcp_passes in (("no UDP", False, 3478, True), ("only 443", False, 3478, False),
                                                       ("only 443", False, 443, True)):
            with self.subTest(firewall=firewall, port=port):
                self.net.close()
                self.setUp()
                router, inside = self.behind(nat.PORT_RESTRICTED)
                router.block(firewall)
                there = self.socket(self.public, PUBLIC)
                inside.sendto(b"out", PUBLIC)
                self.assertEqual(bool(received(there, SILENCE)), udp_passes)
                with self.public.entered():
                    listener = socket.create_server((PUBLIC[0], port))
                self.addCleanup(listener.close)
                self.assertEqual(self.connects((PUBLIC[0], port)), tcp_passes)

    def connects(self, endpoint):
        with self.net.hosts["a"].entered(), socket.socket() as client:
            client.settimeout(SILENCE)
            return client.connect_ex(endpoint) == 0


class CableTest(unittest.TestCase):
    def ends(self, **settings):
        self.net = self.enterContext(lab.Lab())
        site = topologies.direct(**settings)(self.net)
        ends = [udp(host, (address, 4000)) for host, address in ((site.a, "198.51.100.1"), (site.b, "198.51.100.2"))]
        for end, far in zip(ends, reversed(ends)):
            self.addCleanup(end.close)
            end.connect(far.getsockname())
        return ends

    def test_delay(self):
        a, b = self.ends(delay=50)
        begin = time.monotonic()
        a.send(b"there")
        self.assertIsNotNone(received(b, PATIENCE))
        b.send(b"back")
        self.assertIsNotNone(received(a, PATIENCE))
        self.assertGreaterEqual(time.monotonic() - begin, 0.1)

    def test_loss_is_as_wanted_and_counted(self):
        a, b = self.ends(loss=10)
        count = 0
        for patience in [0.01] * 19 + [SILENCE]:  # no more at once than the socket holds
            for _ in range(100):
                a.send(bytes(100))
            while received(b, patience):
                count += 1
        there = self.net.cables[0].close()[0]
        self.net.cables.clear()
        chatter = count + there["lost"] - 2000  # IPv6 hosts have something to say when they come up
        self.assertTrue(0 <= chatter <= 10, f"{count} received, {there}")
        self.assertTrue(130 <= there["lost"] <= 270, f"{there}")

    def test_rate(self):
        a, b = self.ends(rate=8, queue=1024)
        begin = time.monotonic()
        for _ in range(200):
            a.send(bytes(972))  # 1000 with the headers: a millisecond
        for _ in range(200):
            self.assertIsNotNone(received(b, PATIENCE))
        self.assertGreaterEqual(time.monotonic() - begin, 0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cable", required=True)
    options, rest = parser.parse_known_args()
    os.environ["PATH"] = lab.search_path()
    if "inside" not in rest:
        lab.usable_or_exit()
        sys.exit(subprocess.run([*lab.PREFIX, sys.executable, *sys.argv, "inside"]).returncode)
    rest.remove("inside")
    lab.Cable.program = options.cable
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
