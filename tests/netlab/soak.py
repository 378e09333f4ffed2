#!/usr/bin/env python3
"""Constant traffic through a TURN server for a long time: nothing is lost, and the peers do not grow.

usage: soak.py JSON, in a process that may make networks (lab.PREFIX). JSON has programs, cable and seconds.

Both peers are behind routers and may use nothing but relays, over links of 10 ms. One channel is reliable; the other
one, in the opposite direction, may not retransmit, so that every packet that a refresh of a permission, a binding or
an allocation costs shows.
"""
import json
import sys
import time

import cell
import lab
import topologies
from checks import expect
from nat import PORT_RESTRICTED
from peer import Deadline, connected

RATE, SIZE = 125_000, 1000  # bytes per second and per message, in either direction
SAMPLE = 30.0  # seconds between looks at the memory
WARM = 60.0  # seconds until the memory counts
GROWTH = 1024  # KiB that a peer may take more at the end than when it was warm
LATE = 5.0  # seconds the last messages may take
TOPOLOGY = topologies.Topology("soak", topologies.nats(PORT_RESTRICTED, PORT_RESTRICTED, delay=10), topologies.RELAY,
                               (topologies.TURN_UDP,))


def counters(peer, label):
    position = peer.mark()
    peer.send({"type": "counters", "label": label})
    return peer.wait("counters", since=position)


def memory(peer):
    position = peer.mark()
    peer.send({"type": "rusage"})
    return peer.wait("rusage", since=position)["rss_kib"]


def start_traffic(sender, receiver, label, seconds, **options):
    sender.send({"type": "open-channel", "label": label, **options})
    for peer in (sender, receiver):
        peer.wait("open", label=label)
    sender.send({"type": "flood", "label": label, "size": SIZE, "rate": RATE, "seconds": seconds})


def watch(sender, peers, label, begin):
    """Samples the memory of the peers until the sender is done; yields (seconds since the beginning, KiB of each)."""
    while True:
        try:
            sender.wait("flood-done", label=label, deadline=SAMPLE)
            return
        except Deadline:
            expect(not any(peer.gone for peer in peers), "a peer has ended")
            sample = [memory(peer) for peer in peers]
            print(f"{time.monotonic() - begin:6.0f} s: {sample} KiB", flush=True)
            yield time.monotonic() - begin, sample


def compare(sender, receiver, label):
    """As many messages have come as have gone."""
    sent = sender.wait("flood-done", label=label, deadline=60)
    end = time.monotonic() + LATE
    while (seen := counters(receiver, label))["messages"] < sent["messages"] and time.monotonic() < end:
        pass  # on their way
    print(f"{label}: {sent['messages']} messages sent, {seen['messages']} received")
    expect((seen["messages"], seen["bytes"]) == (sent["messages"], sent["bytes"]), f"{label}: {sent} but {seen}")


def run(programs, seconds):
    with cell.Scene(TOPOLOGY, programs) as scene:
        a, b = (scene.peer("sluice", host, role, policy="relay")
                for host, role in ((scene.site.a, "offerer"), (scene.site.b, "answerer")))
        with connected(a, b, deadline=cell.CONNECT):
            begin = time.monotonic()
            start_traffic(a, b, "sink reliable", seconds)
            start_traffic(b, a, "sink unreliable", seconds, ordered=False, maxRetransmits=0)
            warm = [sample for at, sample in watch(a, (a, b), "sink reliable", begin) if at > WARM]
            compare(a, b, "sink reliable")
            compare(b, a, "sink unreliable")
            expect(scene.kind_of_pair(a, b) == topologies.RELAY, "not relayed")
            expect(not a.errors() and not b.errors(), f"errors: {a.errors()} {b.errors()}")
    for name, before, after in zip(("offerer", "answerer"), warm[0] if warm else (), warm[-1] if warm else ()):
        print(f"{name}: {before} KiB when warm, {after} KiB at the end")
        expect(after - before <= GROWTH, f"{name} has grown")


def main():
    order = json.loads(sys.argv[1])
    lab.Cable.program = order["cable"]
    run(order["programs"], order["seconds"])


if __name__ == "__main__":
    main()
