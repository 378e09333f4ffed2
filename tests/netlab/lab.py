"""Hosts and links made of network namespaces, which vanish with the process that made them.

A Lab works in a process that was started with `PREFIX` in front: as root, or as a user where user namespaces are
permitted. A host is a namespace that only this process holds. Whatever a thread makes within `host.entered()`
(processes, sockets) is on that host and stays there, so peers, browsers and servers need to know nothing of labs.

The internet is one router, `core`, at 203.0.113.1. Addresses are those of documentation and of private networks.
"""
import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

PREFIX = ["setpriv", "--pdeathsig", "KILL", "unshare", *(["--user", "--map-root-user"] if os.geteuid() else []),
          "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
NEEDED = ("ip", "nft", "unshare", "setpriv", "turnserver", "openssl")
SKIPPED = 77  # exit status
CORE = "203.0.113.1"
TUN = "/dev/net/tun"

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000  # linux/sched.h
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h


def missing():
    """The programs that are not installed."""
    return [name for name in NEEDED if not shutil.which(name, path=search_path())]


def refused():
    """Why this process may not make networks; empty if it may."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        return f"{TUN} cannot be opened"
    probe = ("import lab; h = lab.Host('probe'); h.tun('probe')\n"
             "h.run('nft', '-f', '-', input='table ip t {\\n chain c { type nat hook postrouting priority 0; }\\n}')")
    done = subprocess.run([*PREFIX, sys.executable, "-c", probe], capture_output=True, text=True,
                          cwd=pathlib.Path(__file__).parent)
    return (done.stderr.strip().splitlines() or ["they cannot be made"])[-1] if done.returncode else ""


def usable_or_exit():
    if absent := missing():
        sys.exit(f"not installed: {' '.join(absent)} (scripts/packages.sh test)")
    if reason := refused():
        print(f"skipped: networks of namespaces are not permitted here: {reason}")
        sys.exit(SKIPPED)


def search_path():
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Host:
    """A network namespace with nothing but a loopback device."""

    def __init__(self, name, forwards=False):
        self.name = name
        self.addresses = []
        with in_namespace(None) as self.namespace:
            # Hosts with two uplinks get packets from where their own would not go; the addresses are nobody else's.
            settings = {"ipv4/ip_forward": forwards, "ipv6/conf/all/forwarding": forwards, "ipv4/conf/all/rp_filter": 0,
                        "ipv4/conf/default/rp_filter": 0, "ipv6/conf/default/accept_dad": 0}
            for key, value in settings.items():
                pathlib.Path("/proc/sys/net", key).write_text(str(int(value)))
        self.ip("link set lo up")

    def entered(self):
        """A context in which this thread is on the host."""
        return in_namespace(self.namespace)

    def run(self, *command, **more):
        with self.entered():
            done = subprocess.run(command, capture_output=True, text=True, **more,
                                  env={**os.environ, "PATH": search_path()})
        if done.returncode:
            raise AssertionError(f"on {self.name}: {' '.join(command)}: {done.stderr.strip().partition(chr(10))[0]}")
        return done.stdout

    def ip(self, *lines):
        for line in lines:
            self.run("ip", *line.split())

    def nft(self, rules):
        self.run("nft", "-f", "-", input=rules)

    def add_address(self, device, address):
        """One address, of no network: who else is there is said by routes."""
        self.addresses.append(address)
        self.ip(f"addr add {address} dev {device}")

    def tun(self, device):
        """A new device; what the kernel sends there can be read from the descriptor, and the other way round."""
        with self.entered():
            descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
        self.ip(f"link set {device} txqueuelen 10000")
        return descriptor


@contextlib.contextmanager
def in_namespace(namespace):
    """In another network namespace with this thread: that of the descriptor, or a new one. Yields its descriptor."""
    own = "/proc/thread-self/ns/net"
    home = os.open(own, os.O_RDONLY | os.O_CLOEXEC)
    try:
        done = _libc.unshare(_CLONE_NEWNET) if namespace is None else _libc.setns(namespace, _CLONE_NEWNET)
        if done:
            raise OSError(ctypes.get_errno(), "cannot enter a network namespace")
        yield os.open(own, os.O_RDONLY | os.O_CLOEXEC) if namespace is None else namespace
    finally:
        if _libc.setns(home, _CLONE_NEWNET):
            os._exit(70)  # on the wrong host, whatever comes next
        os.close(home)


class Cable:
    """A link that cable.cpp makes worse, as its settings say (the same in both directions)."""
    program = None

    def __init__(self, a, device_a, b, device_b, **settings):
        ends = a.tun(device_a), b.tun(device_b)
        try:
            words = [*map(str, ends), *(f"{name}={value}" for name, value in settings.items())]
            self._process = subprocess.Popen([self.program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             pass_fds=ends)
        finally:
            for end in ends:
                os.close(end)

    def close(self):
        """Takes the link away; returns what it has counted, for either direction."""
        return [json.loads(line) for line in self._process.communicate()[0].splitlines()]


class Lab:
    def __init__(self):
        self.hosts, self.cables, self._ports = {}, [], 0
        self.core = self.host("core", forwards=True)
        # What goes to private addresses disappears here, as on the internet: without an answer.
        self.core.ip("route add blackhole 10.0.0.0/8")

    def host(self, name, forwards=False):
        host = self.hosts[name] = Host(name, forwards)
        return host

    def link(self, a, device_a, b, device_b, **settings):
        """A plain link, or one with the settings of a cable."""
        if settings:
            self.cables.append(Cable(a, device_a, b, device_b, **settings))
        else:
            there = f"/proc/{os.getpid()}/fd/{b.namespace}"
            a.ip(f"link add {device_a} type veth peer name {device_b} netns {there}")
        a.ip(f"link set {device_a} up")
        b.ip(f"link set {device_b} up")

    def attach(self, router, gateway, host, address, device="eth0", metric=0, **settings):
        """Gives the host an address, and the router as its default gateway (`gateway` is the router's address). Returns
        the router's device."""
        self._ports += 1
        port = f"port{self._ports}"
        self.link(host, device, router, port, **settings)
        host.add_address(device, address)
        router.add_address(port, gateway)
        router.ip(f"route add {address} dev {port}")
        host.ip(f"route add {gateway} dev {device} metric {metric}",
                f"route add default via {gateway} dev {device} metric {metric}")
        return port

    def connect(self, name, address, **settings):
        """A host of the internet."""
        host = self.hosts.get(name) or self.host(name)
        self.attach(self.core, CORE, host, address, **settings)
        return host

    def close(self):
        for cable in self.cables:
            cable.close()
        for host in self.hosts.values():
            os.close(host.namespace)
        self.hosts, self.cables = {}, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
