#!/usr/bin/env python3
"""In how many round trips Chromium and our peer program connect: with SNAP and SPED at both ends, at one, at none.

usage: round_trips.py --peer=PROGRAM --cable=PROGRAM [--trace] [TEXT...]

Two hosts with a cable of known delay between them; what they signal is carried at once. Counted are round trips from
the answer, when the answerer has all it needs to begin, to the open channel of the offerer, and to the arrival of its
first message: Chromium sends it when the channel is open, our program before that. The offer has its candidates, so
that nothing is under way any more when it is answered.

A run that is late is repeated, as a busy machine can only make it later. --trace shows the packets of every run, TEXT
picks the ways whose names contain it.
"""
import argparse
import contextlib
import itertools
import os
import pathlib
import shlex
import subprocess
import sys
import typing

import lab
import topologies
from trace import Trace

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))

import checks  # noqa: E402
from browser import Browser  # noqa: E402
from native import NativePeer  # noqa: E402
from peer import told  # noqa: E402

RTT = 0.4
EARLY, LATE = 0.25, 0.6  # round trips by which a figure may miss what is expected: clocks of ours, work of theirs
RUNS = 8
ROLES = {"offerer": "answerer", "answerer": "offerer"}  # Chromium's and ours
GREETING = "first message"
SNAP = "--enable-blink-features=WebRtcSctpSnap"
SPED = "--force-fieldtrials=WebRTC-IceHandshakeDtls/Enabled/"


class Figures(typing.NamedTuple):
    opened: float
    message: float


class Way(typing.NamedTuple):
    name: str
    theirs: tuple  # switches of Chromium
    ours: tuple  # options of ours that are on
    opened: float  # round trips, with DTLS 1.2
    early: float  # those of a message that does not wait for the channel

    def expected(self, role):
        return Figures(self.opened, self.opened + 0.5 if role == "offerer" else self.early)


# One round trip for the check of the answerer, two for DTLS, of which its server waits for one and a half; two for
# SCTP, of which a message that was there before needs one; half of one for the message. SNAP saves those of SCTP, SPED
# that of the check.
WAYS = (
    Way("neither", (), (), 4.5, 4),
    Way("both, but Sluice alone", (), ("snap", "sped"), 4.5, 4),
    Way("SNAP", (SNAP,), ("snap",), 2.5, 3),
    Way("SPED", (SPED,), ("sped",), 3.5, 3),
    Way("both, but Chromium alone", (SNAP, SPED), (), 4.5, 4),
    Way("SNAP and SPED", (SNAP, SPED), ("snap", "sped"), 1.5, 2),
)


class Pair:
    """Chromium on a host, and our program on another one."""

    def __init__(self, browser, site, program):
        self._browser, self._host, self._program = browser, site.b, program

    def measure(self, role, options):
        """The figures of a new connection, and its packets as the host of ours sees them."""
        with self._host.entered():
            ours = NativePeer(self._program, name="sluice", role=ROLES[role], start=False, label="first",
                              trickle=role == "offerer", greeting=GREETING, **{option: True for option in options})
        theirs = self._browser.peer(name="chromium", role=role, trickle=role == "answerer", greeting=GREETING)
        offerer, answerer = (theirs, ours) if role == "offerer" else (ours, theirs)
        with contextlib.closing(Trace(self._host)) as trace, told(offerer, answerer):
            offerer.partner, answerer.partner = answerer, offerer
            for peer in (offerer, answerer):
                peer.wait("ready")
            offerer.send({"type": "start"})
            opened = moment(offerer.wait("open", label="first"))
            arrived = moment(answerer.wait("message", label="first", text=GREETING))
            checks.no_errors(offerer, answerer)
            begin = moment(answerer.find("answer")[0])
            figures = Figures(*((at - begin) / RTT for at in (opened, arrived)))
            return figures, trace.story(begin, RTT)


def moment(event):
    """By the program that says so, if it does; they all have the clock of this machine."""
    return event.get("t", event["at"])


def fits(figure, expected):
    return figure is not None and -EARLY <= figure - expected <= LATE


def judge(pair, way, role, traced):
    """Whether each figure is as expected in one of a few runs; prints them, and the packets of the last run."""
    expected = way.expected(role)
    best = [None, None]
    for _ in range(RUNS):
        figures, story = pair.measure(role, way.ours)
        if traced:
            print(story)
        best = [old if fits(old, wanted) else new for old, new, wanted in zip(best, figures, expected)]
        if all(map(fits, best, expected)):
            break
    good = all(map(fits, best, expected))
    cells = [f"{figure:.2f} ({wanted:g})" for figure, wanted in zip(best, expected)]
    print("| " + " | ".join([way.name, role, *cells]) + " |" + ("" if good else " FAILED"), flush=True)
    if not good and not traced:
        print(story, file=sys.stderr)
    return good


def run(options):
    lab.Cable.program = options.cable
    ways = [way for way in WAYS if not options.ways or any(text in way.name for text in options.ways)]
    results = []
    print("| switched on | Chromium is | open | message |\n|---|---|---|---|")
    with lab.Lab() as net:
        site = topologies.direct(delay=1000 * RTT / 2)(net)
        for flags, group in itertools.groupby(ways, lambda way: way.theirs):
            with site.a.entered():
                browser = Browser(mdns=False, flags=flags)
            with contextlib.closing(browser):
                pair = Pair(browser, site, shlex.split(options.peer))
                results += [judge(pair, way, role, options.trace) for way, role in itertools.product(group, ROLES)]
    sys.exit(0 if results and all(results) else f"{results.count(False)} of {len(results)} not as expected")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="examples/peer")
    parser.add_argument("--cable", required=True, help="cable.cpp")
    parser.add_argument("--trace", action="store_true", help="show the packets")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # a process that may make networks
    parser.add_argument("ways", nargs="*", metavar="TEXT")
    options = parser.parse_args()
    if options.inside:
        run(options)
    lab.usable_or_exit()
    inside = [*lab.PREFIX, sys.executable, *sys.argv, "--inside"]
    sys.exit(subprocess.run(inside, stdin=subprocess.DEVNULL).returncode)


if __name__ == "__main__":
    os.environ["PATH"] = lab.search_path()
    main()
