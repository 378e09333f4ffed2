#!/usr/bin/env python3
"""Our peer program against other implementations: pion (Go) and aiortc (Python), each offering and answering.

usage: peers_test.py --peer=PROGRAM --peers=FOLDER [unittest arguments]

FOLDER holds pion/ and aiortc/, programs that speak the same JSON lines. An implementation that is not installed is
skipped and named; if none is, the exit status is 77.
"""
import argparse
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import checks
from native import NativePeer
from peer import connected

SKIPPED = 77
ROLES = ("offerer", "answerer")  # of the other implementation
settings = argparse.Namespace()


def build_pion(work):
    """The command of a fresh build, or None; the folder itself is left alone."""
    source = pathlib.Path(settings.peers, "pion")
    if not source.is_dir() or not shutil.which("go"):
        return None
    copy = pathlib.Path(work, "pion")
    shutil.copytree(source, copy)
    cache = {} if "GOCACHE" in os.environ else {"GOCACHE": os.path.expanduser("~/.cache/go-build")}
    done = subprocess.run(["sh", str(copy / "build.sh")], env={**os.environ, **cache}, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        return None
    return [str(copy / "pion-peer")]


def find_aiortc(_):
    script = pathlib.Path(settings.peers, "aiortc", "aiortc_peer.py")
    python = "/usr/bin/python3"
    usable = script.is_file() and shutil.which(python) and not subprocess.run([python, "-c", "import aiortc"],
                                                                             capture_output=True).returncode
    return [python, str(script)] if usable else None


class Cases:
    find = None
    unset = (None,)  # how the other implementation spells "no limit"
    longest = 262144
    opens = checks.OPTIONS

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory(prefix="sluice-peers-")
        cls.addClassCleanup(cls.work.cleanup)
        cls.command = cls.find(cls.work.name)
        if not cls.command:
            print(f"skipped: what {cls.__name__} needs is not installed", file=sys.stderr)
            raise unittest.SkipTest("not installed")

    def each_role(self, body, ours_alone=(), **options):
        for role in ROLES:
            with self.subTest(role=role):
                other_role = ROLES[1 - ROLES.index(role)]
                other = NativePeer(self.command, name=type(self).__name__ + " " + role, role=role, start=False,
                                   label="first", **options)
                ours = NativePeer(settings.peer, name="sluice " + other_role, role=other_role, start=False,
                                  label="first", **options, **dict(ours_alone))
                with connected(*((other, ours) if role == "offerer" else (ours, other))):
                    body(ours, other)
                    checks.no_errors(ours, other)

    def test_messages(self):
        def body(ours, other):
            kinds = {"sizes": [size for size in checks.SIZES if size <= self.longest],
                     "texts": [text for text in checks.TEXTS if len(text) <= self.longest]}
            checks.messages(other, ours, **kinds)
            checks.messages(ours, other, **kinds)
        self.each_role(body)

    def test_messages_without_trickling(self):
        self.each_role(lambda ours, other: checks.messages(ours, other, sizes=(1024,), texts=("hello",)), trickle=False)

    def test_with_drafts_that_only_we_know(self):
        self.each_role(lambda ours, other: checks.messages(ours, other, sizes=(1024,), texts=("hello",)),
                       ours_alone={"snap": True, "sped": True})

    def test_bulk_asks_whether_they_take_more_and_harms_nobody(self):
        sizes = 50 * (60000,)  # path MTU discovery begins after 1.2 MB
        self.each_role(lambda ours, other: checks.messages(ours, other, sizes=sizes, texts=("still there",)))

    def test_channel_attributes(self):
        def body(ours, other):
            checks.attributes(other, ours, variants=self.opens)
            checks.attributes(ours, other, unset=self.unset)
        self.each_role(body)

    def test_channel_closed_by_either_side(self):
        def body(ours, other):
            checks.close_channel(ours, other)
            checks.close_channel(other, ours)
        self.each_role(body)

    def test_twenty_channels(self):
        self.each_role(lambda ours, other: checks.many_channels(ours, other))

    def test_connection_closed_by_the_other(self):
        self.each_role(lambda ours, other: checks.close_connection(other, ours))


class PionTest(Cases, unittest.TestCase):
    find = staticmethod(build_pion)
    longest = 65535  # pion 3.1 reads into a buffer of this size, and refuses to send more

    def test_over_tcp_where_nobody_knows_a_udp_address(self):
        for role in ROLES:
            with self.subTest(role=role), socket.socket() as taken:
                taken.bind(("", 0))
                port = taken.getsockname()[1]
                taken.close()
                other_role = ROLES[1 - ROLES.index(role)]
                other = NativePeer(self.command, name="pion " + role, role=role, start=False, label="first",
                                   network="udp4,tcp4", tcp_port=port)
                ours = NativePeer(settings.peer, name="sluice " + other_role, role=other_role, start=False, label="first")
                other.transports = ours.transports = ("tcp",)
                with connected(*((other, ours) if role == "offerer" else (ours, other))):
                    checks.over_tcp(ours)
                    checks.messages(ours, other, sizes=(1024, 65535), texts=("hello",))
                    checks.messages(other, ours, sizes=(1024, 65535), texts=("hello",))
                    checks.no_errors(ours, other)


class AiortcTest(Cases, unittest.TestCase):
    find = staticmethod(find_aiortc)
    longest = 65536  # the max-message-size of its descriptions
    # aiortc 1.4 writes the number of characters where RFC 8832 §5.1 wants that of bytes.
    opens = [options for options in checks.OPTIONS if options.get("protocol", "").isascii()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=os.environ.get("SLUICE_PEER", ""), help="program (and arguments), default $SLUICE_PEER")
    parser.add_argument("--peers", default="", help="folder with the other implementations")
    rest = parser.parse_known_args(namespace=settings)[1]
    settings.peer = shlex.split(settings.peer)
    if not settings.peers or not pathlib.Path(settings.peers).is_dir():
        print("skipped: no folder with other implementations (set SLUICE_SHARED_DIR)")
        sys.exit(SKIPPED)
    if not settings.peer or not shutil.which(settings.peer[0]):
        sys.exit(f"no peer program {settings.peer}: build examples/peer and name it with --peer")
    result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    nothing_ran = result.wasSuccessful() and len(result.skipped) >= 2 and result.testsRun == 0
    sys.exit(SKIPPED if nothing_ran else not result.wasSuccessful())


if __name__ == "__main__":
    main()
