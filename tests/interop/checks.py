"""What two connected peers must manage, written once for any two peers of peer.py.

Every check gets the peer that acts and the one that watches, and names its channels by itself, so that one
connection can go through several checks.
"""
import hashlib
import itertools
import os
import time

from peer import content, digest

_numbers = itertools.count()

SIZES = (1, 1024, 16384, 65535, 65536, 262144)
TEXTS = ("hello", "", "grüße, 世界, \U0001f30d \u0000 end", "x" * 70000)
MIB = 1 << 20

# What is asked for, and what the other side must see.
DEFAULTS = {"ordered": True, "maxRetransmits": None, "maxPacketLifeTime": None, "protocol": ""}
OPTIONS = ({}, {"ordered": False}, {"maxRetransmits": 0}, {"ordered": False, "maxRetransmits": 3},
           {"maxPacketLifeTime": 250}, {"ordered": False, "maxPacketLifeTime": 1000}, {"protocol": "chat.example.2"},
           {"protocol": "grüße", "ordered": False, "maxRetransmits": 65535})


def fresh(stem):
    return f"{stem} {next(_numbers)}"


def open_channel(opener, other, stem="channel", **options):
    """A channel that is open on both sides; returns its label and what the other side was told of it."""
    label = fresh(stem)
    opener.send({"type": "open-channel", "label": label, **options})
    announced = other.wait("channel", label=label)
    ids = {peer.wait("open", label=label).get("id") for peer in (opener, other)}
    expect(len(ids) == 1, f"{label}: the sides disagree about its id: {ids}")
    return label, announced


def exchange(sender, other, label, data):
    """One message there, and its echo back, unchanged and of the same kind."""
    there, back = other.mark(), sender.mark()
    sender.send({"type": "send", "label": label, **content(data)})
    size = len(data.encode() if isinstance(data, str) else data)
    expected = {"label": label, "size": size, "sha256": digest(data)}
    for event in (other.wait("message", since=there, **expected), sender.wait("message", since=back, **expected)):
        if size <= 4096:
            member = "text" if isinstance(data, str) else "base64"
            expect(event.get(member) == content(data)[member], f"{label}: wrong {member}: {event}")
        if "kind" in event:
            expect(event["kind"] == ("text" if isinstance(data, str) else "binary"), f"{label}: wrong kind: {event}")


def messages(opener, other, sizes=SIZES, texts=TEXTS, empty_binary=True):
    label, _ = open_channel(opener, other, "messages")
    for text in texts:
        exchange(opener, other, label, text)
    if empty_binary:
        exchange(opener, other, label, b"")
    for size in sizes:
        exchange(opener, other, label, os.urandom(size))


def attributes(opener, other, variants=OPTIONS, unset=(None,)):
    """`unset` are the spellings of "no limit" that the other side may use."""
    for options in variants:
        label, seen = open_channel(opener, other, "attributes", **options)
        for member, default in DEFAULTS.items():
            wanted = options.get(member, default)
            expect(seen.get(member) == wanted or wanted is None and seen.get(member) in unset,
                   f"{label}: opened with {options}, announced as {seen}")
        exchange(opener, other, label, "after " + label)


def negotiated(offerer, answerer, stream, **options):
    """Both sides open the same id: nobody is told of a channel, and both see it open."""
    label = fresh("negotiated")
    for peer in (offerer, answerer):
        peer.send({"type": "open-channel", "label": label, "negotiated": True, "id": stream, **options})
    for peer in (offerer, answerer):
        expect(peer.wait("open", label=label).get("id") == stream, f"{label}: wrong id")
    exchange(offerer, answerer, label, "negotiated")
    exchange(offerer, answerer, label, os.urandom(20000))
    for peer in (offerer, answerer):
        expect(not peer.find("channel", label=label), f"{label}: announced as if it was opened in band")


def close_channel(closer, other, opener=None):
    """Seen closed by both, once; what was sent before the close arrives; the rest of the connection goes on."""
    opener = opener or closer
    label, seen = open_channel(opener, other if opener is closer else closer, "closing")
    exchange(opener, other if opener is closer else closer, label, "still open")
    mark = other.mark()
    closer.send({"type": "send", "label": label, **content("last words")})
    closer.send({"type": "close-channel", "label": label})
    for peer in (closer, other):
        peer.wait("closed", label=label)
    expect(other.find("message", since=mark, label=label, sha256=digest("last words")), f"{label}: its last message is lost")
    again, reused = open_channel(opener, other if opener is closer else closer, "reopened")
    exchange(opener, other if opener is closer else closer, again, "next")
    for peer in (closer, other):
        expect(len(peer.find("closed", label=label)) == 1, f"{label}: closed more than once by {peer.name}")
    return seen.get("id"), reused.get("id")


def close_connection(closer, other, label="first", states=("disconnected", "failed", "closed")):
    """The other side sees its channels close, and itself no longer connected unless `states` is empty."""
    mark = other.mark()
    closer.send({"type": "close"})
    other.wait("closed", since=mark, label=label)
    if states:
        other.wait("state", since=mark, what="connection", value=states)


def many_channels(opener, other, count=20):
    labels = [fresh("many") for _ in range(count)]
    for label in labels:
        opener.send({"type": "open-channel", "label": label})
    ids = [opener.wait("open", label=label)["id"] for label in labels]
    expect(len(set(ids)) == count, f"ids are not different: {ids}")
    for label in labels:
        opener.send({"type": "send", "label": label, **content(label)})
    for label in labels:
        other.wait("message", label=label, sha256=digest(label))
        opener.wait("message", label=label, sha256=digest(label))


def transfer(sender, other, size=5 * MIB, piece=65536, deadline=60, meanwhile=None):
    """The sender gets every piece back: both directions at once. `meanwhile` is called when a quarter has arrived."""
    label, _ = open_channel(sender, other, "transfer")
    data = os.urandom(size)
    digests = [digest(data[at:at + piece]) for at in range(0, size, piece)]
    end = time.monotonic() + deadline
    there, back = other.mark(), sender.mark()
    sender.transmit(label, data, piece)
    if meanwhile:
        other.wait("message", since=there, label=label, sha256=digests[len(digests) // 4], deadline=deadline)
        meanwhile()
    for peer, mark in ((other, there), (sender, back)):
        peer.wait("message", since=mark, label=label, sha256=digests[-1], deadline=end - time.monotonic())
        received = [event["sha256"] for event in peer.find("message", since=mark, label=label)]
        expect(received == digests, f"{label}: not what was sent, or not in order, at {peer.name}")


def restart(restarter, page, other, label, size=4 * MIB, piece=65536):
    """ICE restarts while the browser sends and gets every piece back; nothing is lost, repeated or reordered."""
    data = os.urandom(size)
    marks = {peer: peer.mark() for peer in (page, other)}
    page.transmit(label, data, piece)
    page.wait("message", since=marks[page], label=label)
    restarter.send({"type": "restart-ice"})
    for peer, mark in marks.items():
        peer.wait("state", since=mark, what="signaling", value="stable")
    pieces = [digest(data[at:at + piece]) for at in range(0, size, piece)]
    for peer, mark in marks.items():
        peer.wait("message", since=mark, label=label, sha256=pieces[-1])
        arrived = [event["sha256"] for event in peer.find("message", since=mark, label=label)]
        expect(arrived == pieces, f"{label}: not in order at {peer.name} after a restart by {restarter.name}")


def bulk_to_browser(sender, page, size=5 * MIB, piece=65536):
    label, _ = open_channel(sender, page, "sink")
    data = os.urandom(size)
    page.send({"type": "expect", "label": label, "bytes": size})
    for at in range(0, size, piece):
        sender.send({"type": "send", "label": label, **content(data[at:at + piece])})
    event = page.wait("digest", label=label, deadline=60)
    expect(event["bytes"] == size and event["sha256"] == hashlib.sha256(data).hexdigest(), f"{label}: damaged: {event}")


def over_tcp(*peers):
    for peer in peers:
        pair = peer.selected()
        expect(pair["local"]["protocol"] == "tcp" == pair["remote"]["protocol"], f"{peer.name} has selected {pair}")


def no_errors(*peers):
    for peer in peers:
        expect(not peer.errors(), f"{peer.name} reports errors: {peer.errors()}")


def expect(condition, message):
    if not condition:
        raise AssertionError(message)
