"""The networks that peers are tested in: who sits where, what is offered to them, and which pair they must find."""
import dataclasses
import itertools
import typing

import nat
from lab import Host, Lab
from nat import ADDRESS_RESTRICTED, ENDPOINT_INDEPENDENT, PORT_RESTRICTED, SYMMETRIC

SERVER = "203.0.113.10"
STUN = f"stun:{SERVER}:3478"
TURN_UDP, TURN_TCP = (f"turn:{SERVER}:3478?transport={transport}" for transport in ("udp", "tcp"))
TURN_TLS = f"turns:{SERVER}:443"

HOST, REFLEXIVE, RELAY, TCP = "host", "reflexive", "relay", "tcp"  # what a selected pair may be, see cell.py
NONE = "none"  # there is no way, and both sides say so
PAIRS = ("sluice sluice", "sluice chromium", "chromium sluice", "sluice pion", "pion sluice", "sluice aiortc",
         "aiortc sluice")  # offerer and answerer, on hosts a and b
ONLY_SLUICE, BROWSERS, ALL = PAIRS[:1], PAIRS[:3], PAIRS
RESTARTING = tuple(pair for pair in PAIRS if "aiortc" not in pair)  # it cannot
SEVERAL_SERVERS = PAIRS[:-1]  # aiortc asks the first TURN server alone


class Site(typing.NamedTuple):
    a: Host
    b: Host
    move: typing.Callable[[], None] | None = None  # gives a another address


@dataclasses.dataclass(frozen=True)
class Topology:
    name: str
    build: typing.Callable[[Lab], Site]
    expected: str
    servers: tuple = ()
    pairs: tuple = ONLY_SLUICE
    deadline: float = 60  # seconds for the transfer
    quick: tuple = ()  # pairs that are part of the tests that run every time
    listens: bool = False  # the answerer, for TCP


def direct(addresses=("198.51.100.1", "198.51.100.2"), **settings):
    def build(net):
        a, b = net.host("a"), net.host("b")
        net.link(a, "eth0", b, "eth0", **settings)
        for host, own, far in ((a, *addresses), (b, *reversed(addresses))):
            host.add_address("eth0", own)
            host.ip(f"route add {far} dev eth0", f"route add default via {far} dev eth0")
        return Site(a, b)
    return build


def nats(kind_a, kind_b, firewall_a=None, firewall_b=None, **settings):
    """Each behind a router of its own; the settings are those of a's router's uplink."""
    def build(net):
        net.connect("public", SERVER)
        routers = (nat.Nat(net, "nat-a", kind_a, "203.0.113.20", "10.1.0", **settings),
                   nat.Nat(net, "nat-b", kind_b, "203.0.113.30", "10.2.0"))
        for router, firewall in zip(routers, (firewall_a, firewall_b)):
            if firewall:
                router.block(firewall)
        return Site(routers[0].connect("a"), routers[1].connect("b"))
    return build


def public_host(net):
    """b has a public address; the router of a lets no UDP through."""
    router = nat.Nat(net, "nat-a", PORT_RESTRICTED, "203.0.113.20", "10.1.0")
    router.block("no UDP")
    return Site(router.connect("a"), net.connect("b", SERVER))


def one_nat(net):
    net.connect("public", SERVER)
    router = nat.Nat(net, "nat-a", PORT_RESTRICTED, "203.0.113.20", "10.1.0")
    return Site(router.connect("a"), router.connect("b"))


def other_uplink(**settings):
    """a leaves its Wi-Fi; from then on it is behind another router."""
    def build(net):
        a, b = nats(PORT_RESTRICTED, PORT_RESTRICTED, **settings)(net)[:2]
        other = nat.Nat(net, "nat-c", PORT_RESTRICTED, "203.0.113.40", "10.3.0", **settings)
        other.connect("a", device="cell", metric=10)
        return Site(a, b, lambda: a.ip("link set eth0 down"))
    return build


def other_address(**settings):
    """a's router gives it another address."""
    def build(net):
        net.connect("public", SERVER)
        router = nat.Nat(net, "nat-a", PORT_RESTRICTED, "203.0.113.20", "10.1.0", **settings)
        b = nat.Nat(net, "nat-b", PORT_RESTRICTED, "203.0.113.30", "10.2.0").connect("b")
        return Site(router.connect("a"), b, lambda: router.renumber("a", "10.1.0.2", "10.1.0.77"))
    return build


def pairs_of_kinds():
    """Every two kinds of NAT: a direct pair is found unless one is symmetric and the other one looks at ports."""
    strict = (PORT_RESTRICTED, SYMMETRIC)
    quick = {(ENDPOINT_INDEPENDENT, ENDPOINT_INDEPENDENT): ONLY_SLUICE, (PORT_RESTRICTED, PORT_RESTRICTED): BROWSERS,
             (ADDRESS_RESTRICTED, SYMMETRIC): ONLY_SLUICE, (SYMMETRIC, SYMMETRIC): ONLY_SLUICE}
    for kinds in itertools.combinations_with_replacement(nat.KINDS, 2):
        hopeless = SYMMETRIC in kinds and all(kind in strict for kind in kinds)
        yield Topology(" x ".join(kinds), nats(*kinds), RELAY if hopeless else REFLEXIVE,
                       (STUN, TURN_UDP) if hopeless else (STUN,),
                       ALL if kinds in ((PORT_RESTRICTED,) * 2, (SYMMETRIC,) * 2) else ONLY_SLUICE,
                       quick=quick.get(kinds, ()))


OPEN, STRICT = ENDPOINT_INDEPENDENT, PORT_RESTRICTED
MOBILE = {"delay": 25, "rate": 20, "queue": 128}
TOPOLOGIES = [
    Topology("direct, IPv4", direct(), HOST, pairs=ALL, quick=ONLY_SLUICE),
    Topology("direct, IPv6 only", direct(("2001:db8::1", "2001:db8::2")), HOST, quick=ONLY_SLUICE),
    Topology("both behind one NAT", one_nat, HOST, (STUN,), quick=ONLY_SLUICE),
    *pairs_of_kinds(),
    Topology("symmetric x symmetric, no TURN", nats(SYMMETRIC, SYMMETRIC), NONE, (STUN,), BROWSERS),
    Topology("relay offered, not needed", nats(STRICT, STRICT), REFLEXIVE, (STUN, TURN_UDP), BROWSERS),
    Topology("UDP blocked, TURN over TCP", nats(STRICT, STRICT, "no UDP"), RELAY, (STUN, TURN_UDP, TURN_TCP),
             SEVERAL_SERVERS, quick=BROWSERS[:2]),
    Topology("UDP blocked, TURN over TLS", nats(STRICT, STRICT, "no UDP"), RELAY, (STUN, TURN_UDP, TURN_TLS)),
    Topology("UDP blocked at both, TURN over TCP", nats(STRICT, STRICT, "no UDP", "no UDP"), RELAY, (TURN_TCP,)),
    Topology("UDP blocked, no TURN, b listens for TCP", public_host, TCP, (), ("sluice sluice", "chromium sluice"),
             quick=ONLY_SLUICE, listens=True),
    Topology("only port 443, TURN over TLS", nats(STRICT, STRICT, "only 443"), RELAY, (STUN, TURN_UDP, TURN_TLS),
             quick=ONLY_SLUICE),
    Topology("loss 1 %", direct(delay=10, loss=1), HOST, deadline=180, quick=ONLY_SLUICE),
    Topology("loss 5 %", direct(delay=10, loss=5), HOST, deadline=300),
    Topology("loss 10 %", direct(delay=10, loss=10), HOST, deadline=600),
    Topology("delay 50 ms", direct(delay=50), HOST, quick=ONLY_SLUICE),
    Topology("delay 150 ms", direct(delay=150), HOST, deadline=120),
    Topology("delay 300 ms", direct(delay=300), HOST, deadline=120),
    Topology("10 Mbit/s, 20 ms, jitter 5 ms", direct(delay=20, jitter=5, rate=10, queue=64), HOST, quick=ONLY_SLUICE),
    Topology("moves to another uplink", other_uplink(**MOBILE), REFLEXIVE, (STUN,), RESTARTING, quick=ONLY_SLUICE),
    Topology("gets another address", other_address(**MOBILE), REFLEXIVE, (STUN,), RESTARTING),
]
BY_NAME = {topology.name: topology for topology in TOPOLOGIES}
