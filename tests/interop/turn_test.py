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
import sys
import time
import unittest

import checks
import turn_server
from native import NativePeer
from peer import connected, told
from turn_server import PASSWORD, USER, TurnServer

settings = argparse.Namespace()
UDP = "udp"


@contextlib.contextmanager
def blamed(server):
    """Whatever goes wrong inside is reported with what the server has said."""
    try:
        yield
    except Exception as error:
        raise AssertionError(f"{error}\n{server.story()}") from error


def peer(role, server, *more, password=PASSWORD, **options):
    """`server` is a URL or a TurnServer; further URLs may follow."""
    urls = [each if isinstance(each, str) else each.url() for each in (server, *more)]
    command = [*settings.peer, *(f"--ice-server={url}" for url in urls)]
    return NativePeer(command, name=f"{role} {urls[0]}", role=role, start=False, label="first", turn_user=USER,
                      turn_pass=password, **options)


def relayed(*peers):
    """Checks that all of them send through a relay."""
    for each in peers:
        position = each.mark()
        each.send({"type": "selected"})
        pair = each.wait("selected", since=position)
        checks.expect(pair["local"]["type"] == "relay", f"{each.name} uses {pair}")


class UdpTest(unittest.TestCase):
    transport = UDP

    def test_both_sides_relayed(self):
        with TurnServer() as server, blamed(server):
            a, b = (peer(role, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b):
                relayed(a, b)
                checks.messages(a, b)
                checks.messages(b, a)
                checks.no_errors(a, b)
                for each in (a, b):
                    for event in each.find("candidate"):
                        text = event["candidate"]
                        checks.expect(not text or "typ relay raddr 0.0.0.0 rport 0" in text, f"leaked: {text}")
            server.wait_for(r"refreshed, .*lifetime=0\b", 2)  # given back

    def test_one_side_relayed(self):
        with TurnServer() as server, blamed(server):
            for relaying in ("offerer", "answerer"):
                ends = [peer(role, server, policy="relay" if role == relaying else "all")
                        for role in ("offerer", "answerer")]
                with self.subTest(relaying=relaying), connected(*ends):
                    relayed(*(each for each in ends if each.name.startswith(relaying)))
                    checks.messages(*ends)

    def test_wrong_password(self):
        with TurnServer() as server, blamed(server):
            a, b = peer("offerer", server, password="wrong"), peer("answerer", server)
            with connected(a, b):
                error = a.wait("error", where="icecandidate")
                checks.expect(error["code"] == 401, f"{error}")
                checks.expect("wrong" not in str(error), f"{error}")

    def test_quota(self):
        with TurnServer("--user-quota=1") as server, blamed(server):
            a, b = (peer(role, server) for role in ("offerer", "answerer"))
            with connected(a, b):
                errors = {}
                while not errors:
                    errors = {each["code"] for each in a.find("error", where="icecandidate") + b.find("error", where="icecandidate")}
                checks.expect(errors == {486}, f"{errors}")

    def test_dead_server_delays_nobody(self):
        dead = f"turn:{turn_server.host_address()}:{turn_server.free_port(turn_server.host_address())}"
        with TurnServer() as server, blamed(server):
            a, b = (peer(role, dead, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b) as seconds:
                checks.expect(seconds < 3, f"took {seconds:.1f} s")
                relayed(a, b)
                checks.messages(a, b, sizes=(1024,), texts=("hello",))

    def test_stale_nonces(self):
        with TurnServer("--stale-nonce=1") as server, blamed(server):
            a, b = (peer(role, server, policy="relay") for role in ("offerer", "answerer"))
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
        with TurnServer() as server, blamed(server):
            a, b = (peer(role, server, policy="relay") for role in ("offerer", "answerer"))
            with connected(a, b):
                checks.messages(a, b, sizes=(1024,), texts=("before",))
                server.stop()
                a.wait("state", what="ice", value=("disconnected", "failed"), deadline=60)
                server.start()
                a.send({"type": "restart-ice"})
                b.wait("state", since=b.mark(), what="ice", value=("connected", "completed"), deadline=40)
                relayed(a, b)
                checks.messages(a, b, sizes=(1024,), texts=("after",))


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
