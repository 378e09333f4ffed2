"""coturn's turnserver as a part of a test: on addresses of this host, with ports of its own."""
import re
import shutil
import socket
import subprocess
import tempfile
import time

USER, PASSWORD = "alice", "a secret of the test"
REALM = "turn.test"
STARTUP = 20.0


def program():
    return shutil.which("turnserver")


def host_address():
    """The address that a peer on this host uses: that of the default route, or loopback where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def free_port(address):
    """One that is free for UDP and TCP."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((address, 0))
            try:
                tcp.bind((address, udp.getsockname()[1]))
            except OSError:
                continue
            return udp.getsockname()[1]
    raise AssertionError("no free port")


class TurnServer:
    def __init__(self, *options, port=None, auth=True):
        self.address = host_address()
        self.port = port or free_port(self.address)
        self.log = tempfile.NamedTemporaryFile(prefix="turnserver-", suffix=".log")
        self.folder = tempfile.TemporaryDirectory(prefix="turnserver-")
        credentials = ["--lt-cred-mech", f"--user={USER}:{PASSWORD}", f"--realm={REALM}"] if auth else ["--no-auth"]
        self.command = [program(), "-n", "--no-cli", "--allow-loopback-peers", "--simple-log", "--log-file=stdout",
                        "--verbose", "--relay-threads=1", f"--userdb={self.folder.name}/turndb",
                        f"--pidfile={self.folder.name}/pid", "--no-dynamic-ip-list", "--no-dynamic-realms",
                        f"--listening-ip={self.address}", f"--listening-port={self.port}", f"--relay-ip={self.address}",
                        *credentials, *options]
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + STARTUP
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"turnserver does not start:\n{self.story()}")

    def answers(self):
        """Whether a Binding request gets an answer, within a while."""
        request = bytes.fromhex("000100002112a442") + b"sluice-probe"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.3)
            try:
                probe.connect((self.address, self.port))
                probe.send(request)
                return probe.recv(2048)[8:20] == request[8:]
            except OSError:
                return False

    def stop(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()
        self.log.close()

    def text(self):
        with open(self.log.name, errors="replace") as log:
            return log.read()

    def story(self):
        return "\n".join("  turnserver | " + line for line in self.text().splitlines()[-60:])

    def url(self, transport="udp", scheme="turn"):
        return f"{scheme}:{self.address}:{self.port}?transport={transport}"

    def count(self, pattern):
        return len(re.findall(pattern, self.text()))

    def wait_for(self, pattern, count=1, deadline=20.0):
        """Until its log has that so often."""
        end = time.monotonic() + deadline
        while self.count(pattern) < count:
            if time.monotonic() > end:
                raise AssertionError(f"turnserver did not log {pattern!r} {count} times\n{self.story()}")
            time.sleep(0.05)
