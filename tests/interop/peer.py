"""One end of a connection under test, whatever it is: commands go in, events come out and are kept.

The vocabulary is that of examples/peer: offer, answer, candidate, open-channel, send, ... in;
offer, answer, candidate, state, channel, open, message, closed, error, ... out.
Nothing here sleeps: whoever needs something to have happened waits for its event, with a deadline.
"""
import base64
import contextlib
import hashlib
import threading
import time

DEADLINE = 20.0
RECENT = 30  # events that a story always shows
ORIGIN = time.monotonic()
SIGNALING = ("offer", "answer", "candidate", "candidates-end")


class Deadline(AssertionError):
    """An awaited event did not come, or its peer is gone."""


class Peer:
    def __init__(self, name):
        self.name = name
        self.log = []
        self.partner = None
        self.transports = ("udp", "tcp")  # of the candidates that the partner is told
        self.gone = None  # why no more events will come
        self._changed = threading.Condition()

    def send(self, command):
        raise NotImplementedError

    def transmit(self, label, data, piece):
        """Sends `data` in messages of `piece` bytes."""
        for at in range(0, len(data), piece):
            self.send({"type": "send", "label": label, **content(data[at:at + piece])})

    def selected(self):
        """The candidates of the selected pair, "local" and "remote": type, protocol, address and port."""
        position = self.mark()
        self.send({"type": "selected"})
        return self.wait("selected", since=position)

    def close(self):
        """Closes the connection and lets go of whatever runs it."""
        raise NotImplementedError

    def receive(self, event):
        event["at"] = time.monotonic()
        with self._changed:
            self.log.append(event)
            self._changed.notify_all()
        if self.partner and event["type"] in SIGNALING and (event["type"] != "candidate" or self.tells(event["candidate"])):
            self.partner.send({key: self.told(key, value) for key, value in event.items() if key not in ("at", "t")})

    def told(self, key, value):
        if key != "sdp":
            return value
        return "".join(line for line in value.splitlines(True) if not line.startswith("a=candidate") or self.tells(line))

    def tells(self, candidate):
        return not candidate or candidate.split()[2].lower() in self.transports

    def leave(self, reason):
        with self._changed:
            self.gone = reason
            self._changed.notify_all()

    def mark(self):
        """Where the log ends now, for `since`."""
        with self._changed:
            return len(self.log)

    def find(self, kind, since=0, **fields):
        with self._changed:
            return [event for event in self.log[since:] if matches(event, kind, fields)]

    def wait(self, kind, since=0, deadline=DEADLINE, **fields):
        """The first such event after `since`. A field may be a value, or a tuple of acceptable ones."""
        end = time.monotonic() + deadline
        position = since
        with self._changed:
            while True:
                for event in self.log[position:]:
                    if matches(event, kind, fields):
                        return event
                position = len(self.log)
                left = end - time.monotonic()
                if self.gone:
                    raise Deadline(f"{self.name}: {kind} {fields} cannot come any more: {self.gone}")
                if left <= 0:
                    raise Deadline(f"{self.name}: no {kind} {fields} within {deadline:g} s")
                self._changed.wait(left)

    def errors(self):
        """What went wrong at this peer; that a channel ends by an abort is reported too, but is no fault."""
        return [event for event in self.find("error") if not str(event.get("where")).startswith("channel ")]

    def story(self):
        """What a reader needs to see when a case has failed; times are seconds since the program started."""
        lines = [f"--- {self.name}" + (f" (gone: {self.gone})" if self.gone else "")]
        quiet = len(self.log) - RECENT
        left_out = 0
        for number, event in enumerate(self.log):
            if number < quiet and event["type"] in ("message", "open", "closing", "closed", "channel"):
                left_out += 1
                continue
            lines += described(event)
        return "\n".join(lines + ([f"         ({left_out} earlier channel events left out)"] if left_out else []))


def described(event):
    when = f"{event['at'] - ORIGIN:8.3f} {event['type']}"
    if "sdp" in event:
        return [when] + ["         | " + line for line in event["sdp"].splitlines()]
    shown = {key: value for key, value in event.items() if key not in ("at", "t", "type", "sha256")}
    return [when + " " + str(shown)[:200]]


def matches(event, kind, fields):
    if event["type"] != kind:
        return False
    return all(event.get(key) in value if isinstance(value, tuple) else event.get(key) == value
               for key, value in fields.items())


def content(data):
    """The members of a send command for a str or bytes."""
    return {"text": data} if isinstance(data, str) else {"base64": base64.b64encode(data).decode()}


def digest(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@contextlib.contextmanager
def told(offerer, answerer):
    """Whatever goes wrong inside is reported with the story of both; both are closed in any case."""
    try:
        yield
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}\n{offerer.story()}\n{answerer.story()}") from error
    finally:
        with contextlib.ExitStack() as stack:
            stack.callback(answerer.close)
            stack.callback(offerer.close)


@contextlib.contextmanager
def connected(offerer, answerer, label="first", deadline=DEADLINE):
    """Two peers whose first channel is open; yields the seconds that took, from createOffer to the later open."""
    with told(offerer, answerer):
        offerer.partner, answerer.partner = answerer, offerer
        answerer.wait("ready")
        offerer.wait("ready")
        begin = time.monotonic()
        offerer.send({"type": "start"})
        opened = [peer.wait("open", label=label, deadline=deadline)["at"] for peer in (offerer, answerer)]
        yield max(opened) - begin
