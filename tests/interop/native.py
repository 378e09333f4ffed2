"""A peer that is a program with JSON lines on stdin and stdout (examples/peer)."""
import contextlib
import json
import subprocess
import tempfile
import threading

from peer import DEADLINE, Peer


class NativePeer(Peer):
    """`options` become --name=value; underscores in the names are written as hyphens."""

    def __init__(self, command, name="native", **options):
        super().__init__(name)
        arguments = [f"--{key.replace('_', '-')}={spell(value)}" for key, value in options.items()]
        self._stderr, self._said = tempfile.TemporaryFile(), None
        self._process = subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._stderr)
        self._writing = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, command):
        line = json.dumps(command).encode() + b"\n"
        try:
            with self._writing:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # the exit is reported by whoever waits for an event

    def close(self):
        self.partner = None
        self.send({"type": "close"})
        try:
            status = self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            status = f"none, it was still running {DEADLINE:g} s after close"
        self._reader.join(DEADLINE)
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._said = self._read_stderr()
        self._stderr.close()
        if status:
            raise AssertionError(f"{self.name}: exit status {status}\n{self.story()}")

    def story(self):
        said = self._read_stderr() if self._said is None else self._said
        return "\n".join([super().story()] + ["  stderr | " + line for line in said.splitlines()[-60:]])

    def _read_stderr(self):
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def _read(self):
        try:
            for line in self._process.stdout:
                self.receive(json.loads(line))
        except ValueError as error:
            self.leave(f"not JSON: {error}")
            return
        self.leave("it closed its output")


def spell(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
