"""coturn's turnserver as a part of a test: on addresses of this host, with ports of its own."""
import contextlib
import os
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


def host_address(family=socket.AF_INET):
    """The address that a peer on this host uses: that of the default route, or loopback where there is none. None for
    IPv6, if this host has none."""
    far, loopback = ("192.0.2.1", "127.0.0.1") if family == socket.AF_INET else ("2001:db8::1", None)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            return probe.getsockname()[0]
    except OSError:
        return loopback


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def free_port(address):
    """One that is free for UDP and TCP."""
    family = family_of(address)
    for _ in range(50):
        with socket.socket(family, socket.SOCK_DGRAM) as udp, socket.socket(family) as tcp:
            udp.bind((address, 0))
            try:
                tcp.bind((address, udp.getsockname()[1]))
            except OSError:
                continue
            return udp.getsockname()[1]
    raise AssertionError("no free port")


@contextlib.contextmanager
def blamed(server):
    """Whatever goes wrong inside is reported with what the server has said."""
    try:
        yield
    except Exception as error:
        raise AssertionError(f"{error}\n{server.story()}") from error


class Certificate:
    """A CA made for one test, and a server certificate of it for `name`, an IP address."""

    def __init__(self, folder, name):
        at = lambda file: os.path.join(folder, file)
        self.ca, self.chain, self.key = at("ca.pem"), at("server.pem"), at("server.key")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._openssl("req", "-x509", *key, "-keyout", at("ca.key"), "-out", self.ca, "-subj", "/CN=CA of a test",
                      "-days", "2")
        self._openssl("req", *key, "-keyout", self.key, "-out", at("server.csr"), "-subj", "/CN=turn.test")
        with open(at("extensions"), "w") as extensions:
            extensions.write(f"subjectAltName=IP:{name}\n")
        self._openssl("x509", "-req", "-in", at("server.csr"), "-CA", self.ca, "-CAkey", at("ca.key"), "-CAcreateserial",
                      "-out", self.chain, "-days", "2", "-extfile", at("extensions"))

    @property
    def fingerprint(self):
        return self._openssl("x509", "-in", self.chain, "-noout", "-fingerprint", "-sha256").strip().split("=")[1]

    @staticmethod
    def _openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


class TurnServer:
    def __init__(self, *options, certificate=None, auth=True, port=None, tls_port=None, address=None):
        self.address = address or host_address()
        self.port = port or free_port(self.address)
        self.tls_port = tls_port or free_port(self.address)
        self.secured = bool(certificate)
        secured = [f"--cert={certificate.chain}", f"--pkey={certificate.key}"] if certificate else []
        self.log = tempfile.NamedTemporaryFile(prefix="turnserver-", suffix=".log")
        self.folder = tempfile.TemporaryDirectory(prefix="turnserver-")
        credentials = ["--lt-cred-mech", f"--user={USER}:{PASSWORD}", f"--realm={REALM}"] if auth else ["--no-auth"]
        self.command = [program(), "-n", "--no-cli", "--allow-loopback-peers", "--simple-log", "--log-file=stdout",
                        "--verbose", "--relay-threads=1", f"--userdb={self.folder.name}/turndb",
                        f"--pidfile={self.folder.name}/pid", "--no-dynamic-ip-list", "--no-dynamic-realms",
                        f"--tls-listening-port={self.tls_port}", *secured, f"--listening-ip={self.address}", f"--listening-port={self.port}", f"--relay-ip={self.address}",
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
        """Whether it listens on all its ports: a Binding request gets an answer, and connections are taken."""
        request = bytes.fromhex("000100002112a442") + b"sluice-probe"
        with socket.socket(family_of(self.address), socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.3)
            try:
                probe.connect((self.address, self.port))
                probe.send(request)
                if probe.recv(2048)[8:20] != request[8:]:
                    return False
                for port in (self.port, self.tls_port) if self.secured else (self.port,):
                    socket.create_connection((self.address, port), 1).close()
                return True
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

    def url(self, transport="udp"):
        host = f"[{self.address}]" if ":" in self.address else self.address
        if transport == "tls":
            return f"turns:{host}:{self.tls_port}"
        return f"turn:{host}:{self.port}?transport={transport}"

    def alternate(self, transport):
        """The option of another server that sends its clients here."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        if transport == "tls":
            return f"--tls-alternate-server={host}:{self.tls_port}"
        return f"--alternate-server={host}:{self.port}"

    def count(self, pattern):
        return len(re.findall(pattern, self.text()))

    def wait_for(self, pattern, count=1, deadline=20.0):
        """Until its log has that so often."""
        end = time.monotonic() + deadline
        while self.count(pattern) < count:
            if time.monotonic() > end:
                raise AssertionError(f"turnserver did not log {pattern!r} {count} times\n{self.story()}")
            time.sleep(0.05)
