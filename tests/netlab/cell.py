#!/usr/bin/env python3
"""One cell of the matrix: two peers in one topology connect, transfer 8 MiB each way, and say over which pair.

usage: cell.py JSON, in a process that may make networks (lab.PREFIX). JSON has topology, pair, programs and cable.
Prints the result as one line of JSON; what happened goes to standard error if it is not what had to happen.
"""
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))

import checks  # noqa: E402
import lab  # noqa: E402
import topologies  # noqa: E402
import turn_server  # noqa: E402
from browser import Browser  # noqa: E402
from native import NativePeer  # noqa: E402
from peer import Deadline, connected, told  # noqa: E402

SIZE, PIECE = 8 * checks.MIB, 32768
CONNECT = 40.0
GIVE_UP = 90.0  # seconds in which a peer that cannot connect says so
SHOWS_TCP = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")  # Chromium, as if in a call
AUTOMATIC = 2.0  # seconds in which a peer that restarts by itself has begun to


class Scene:
    """A topology with its servers, and the peers on its hosts; everything ends with the context."""

    def __init__(self, topology, programs):
        self.topology, self.programs = topology, programs
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.net = stack.enter_context(lab.Lab())
            self.site = self.topology.build(self.net)
            self.certificate = None
            if self.topology.servers:
                self.turn = self._serve(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        return self._stack.__exit__(*failure)

    def _serve(self, stack):
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-netlab-"))
        self.certificate = turn_server.Certificate(folder, topologies.SERVER)
        with self.net.hosts["public"].entered():
            return stack.enter_context(turn_server.TurnServer(certificate=self.certificate, port=3478, tls_port=443,
                                                              address=topologies.SERVER))

    def peer(self, kind, host, role, **options):
        with host.entered():
            if kind == "chromium":
                browser = Browser(flags=SHOWS_TCP if self.topology.listens else ())
                self._stack.callback(browser.close)
                return browser.peer(name=f"chromium {role}", role=role, iceServers=[
                    {"urls": url, "username": turn_server.USER, "credential": turn_server.PASSWORD}
                    for url in self.topology.servers])
            if kind == "sluice" and self.certificate:
                options["tls_ca"] = self.certificate.ca
            if kind == "sluice" and self.topology.listens and role == "answerer":
                options["tcp"] = "passive"
            if self.site.move and role == "offerer" and restarts_by_itself(self.programs[kind]):
                options["auto_restart"] = True
            command = [*self.programs[kind], *(f"--ice-server={url}" for url in self.topology.servers)]
            return NativePeer(command, name=f"{kind} {role}", role=role, start=False, label="first",
                              turn_user=turn_server.USER, turn_pass=turn_server.PASSWORD, **options)

    def kind_of_pair(self, offerer, answerer):
        """What the selected pair is, by its addresses, which do not depend on who has learned of them first. One end
        may hide that of a peer-reflexive candidate."""
        pairs = (offerer.selected(), self.site.b), (answerer.selected(), self.site.a)
        if any(pair["local"]["protocol"] == "tcp" for pair, _ in pairs):
            return topologies.TCP
        if any(pair["local"]["type"] == "relay" or pair["remote"]["address"] == topologies.SERVER for pair, _ in pairs):
            return topologies.RELAY
        direct = any(pair["remote"]["address"] in far.addresses for pair, far in pairs)
        return topologies.HOST if direct else topologies.REFLEXIVE


def restarts_by_itself(command):
    """Whether the program has an option for that."""
    said = subprocess.run([*command, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "--auto-restart" in said.stdout


class Move:
    """Gives the offerer another address while it sends, and restarts ICE if it does not do so by itself."""

    def __init__(self, move, peer):
        self._move, self._peer = move, peer
        self.at, self.restarted = None, None

    def __call__(self):
        position = self._peer.mark()
        self._move()
        self.at = time.monotonic()
        try:
            self._peer.wait("offer", since=position, deadline=AUTOMATIC)
            self.restarted = "by itself"
        except Deadline:
            self._peer.send({"type": "restart-ice"})
            self.restarted = "on command"

    def silence(self, receiver):
        """The longest time in which nothing arrived, after the move."""
        times = [self.at] + [event["at"] for event in receiver.find("message") if event["at"] > self.at]
        return max(late - early for early, late in zip(times, times[1:]))


def hopeless(offerer, answerer):
    """Both say that they cannot connect; the result is when the later one does."""
    with told(offerer, answerer):
        offerer.partner, answerer.partner = answerer, offerer
        for peer in (offerer, answerer):
            peer.wait("ready")
        begin = time.monotonic()
        offerer.send({"type": "start"})
        failed = [peer.wait("state", what="connection", value="failed", deadline=GIVE_UP)["at"]
                  for peer in (offerer, answerer)]
        return {"pair": topologies.NONE, "connected": max(failed) - begin}


def run(topology, pair, programs):
    kinds = pair.split()
    with Scene(topology, programs) as scene:
        site = scene.site
        offerer, answerer = (scene.peer(*each) for each in zip(kinds, (site.a, site.b), ("offerer", "answerer")))
        if topology.expected == topologies.NONE:
            return hopeless(offerer, answerer)
        with connected(offerer, answerer, deadline=CONNECT) as seconds:
            move = Move(site.move, offerer) if site.move else None
            begin = time.monotonic()
            checks.transfer(offerer, answerer, SIZE, PIECE, deadline=topology.deadline, meanwhile=move)
            result = {"connected": seconds, "transferred": time.monotonic() - begin}
            if move:
                result |= {"silence": move.silence(answerer), "silence back": move.silence(offerer),
                           "restarted": move.restarted}
            found = scene.kind_of_pair(offerer, answerer)
            checks.expect(found == topology.expected, f"{found} pair instead of {topology.expected}")
            return result | {"pair": found}


def main():
    order = json.loads(sys.argv[1])
    lab.Cable.program = order["cable"]
    try:
        result = run(topologies.BY_NAME[order["topology"]], order["pair"], order["programs"])
    except Exception as error:  # whatever it is, this cell has failed
        print(error, file=sys.stderr)
        result = {"failed": str(error).partition("\n")[0] or type(error).__name__}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
