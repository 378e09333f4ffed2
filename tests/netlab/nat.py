"""Routers that translate addresses, in nftables' words, and the firewalls some of them are.

The four kinds of RFC 3489 §5, in the words of RFC 4787 §4.1 and §5. All but the symmetric one map a port of a host
to the same port of the router, whatever the destination (which Linux does by itself: masquerade keeps the port), and
differ in who may answer. Linux alone is the port-restricted kind: what is not the answer to something is dropped.
"""
import lab

ENDPOINT_INDEPENDENT = "endpoint-independent"  # anybody may send to a mapped port: the full cone
ADDRESS_RESTRICTED = "address-restricted"  # only addresses that this port has sent to
PORT_RESTRICTED = "port-restricted"  # only endpoints that this port has sent to
SYMMETRIC = "symmetric"  # the same filter, and another port for every destination
KINDS = (ENDPOINT_INDEPENDENT, ADDRESS_RESTRICTED, PORT_RESTRICTED, SYMMETRIC)

# What a router remembers of what has left, and which packets it lets in for that: (type, element, condition).
MEMORIES = {ENDPOINT_INDEPENDENT: ("inet_service", "udp sport", "udp dport @open"),
            ADDRESS_RESTRICTED: ("ipv4_addr . inet_service", "ip daddr . udp sport", "ip saddr . udp dport @open")}

FIREWALLS = {"no UDP": "meta l4proto udp drop",
             "only 443": "tcp dport 443 accept; tcp sport 443 accept; meta l4proto { tcp, udp } drop"}

# A packet that nobody waits for must leave no trace (the input chain drops it before it is tracked), or its port would
# count as used when the host behind it is about to send from the same one.
RULES = """
table ip nat {
  %(memory)s
  chain incoming { type nat hook prerouting priority dstnat; %(incoming)s }
  chain outgoing { type nat hook postrouting priority srcnat; oifname "wan" masquerade %(ports)s; }
  chain local { type filter hook input priority filter; policy drop; ct state { established, related } accept; }
  chain through { type filter hook forward priority filter; policy drop;
    %(learn)s
    iifname != "wan" accept
    ct state { established, related } accept
    ct status dnat accept
  }
}
"""


class Nat:
    """A router with the public address `outside`; the network behind it has addresses `inside`.2 and up."""

    def __init__(self, net: lab.Lab, name, kind, outside, inside, **settings):
        self.net, self.inside, self._ports = net, inside, {}
        self.router = net.host(name, forwards=True)
        net.attach(net.core, lab.CORE, self.router, outside, device="wan", **settings)
        self.router.nft(rules(kind, f"{inside}.2"))

    def connect(self, name, **more):
        """A host behind it, new or known."""
        host = self.net.hosts.get(name) or self.net.host(name)
        address = f"{self.inside}.{len(self._ports) + 2}"
        self._ports[name] = self.net.attach(self.router, f"{self.inside}.1", host, address, **more)
        return host

    def renumber(self, name, old, new, device="eth0"):
        """Gives a host another address; connections that use the old one break."""
        host = self.net.hosts[name]
        self.router.ip(f"route add {new} dev {self._ports[name]}")
        host.add_address(device, new)
        host.ip(f"addr del {old} dev {device}", f"route replace {self.inside}.1 dev {device}",
                f"route replace default via {self.inside}.1 dev {device}")

    def block(self, firewall):
        self.router.nft("table inet firewall {\n chain through { type filter hook forward priority -10; %s; }\n}"
                        % FIREWALLS[firewall])


def rules(kind, first_host):
    """Those of the first two kinds are right for one host behind the router."""
    parts = {"memory": "", "incoming": "", "learn": "", "ports": "fully-random" if kind == SYMMETRIC else ""}
    if kind in MEMORIES:
        keys, element, condition = MEMORIES[kind]
        parts["memory"] = "set open { type %s; size 65535; flags dynamic,timeout; timeout 120s; }" % keys
        parts["incoming"] = f'iifname "wan" {condition} dnat to {first_host};'
        parts["learn"] = 'iifname != "wan" meta l4proto udp update @open { %s }' % element
    return RULES % parts
