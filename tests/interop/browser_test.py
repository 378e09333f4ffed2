#!/usr/bin/env python3
"""A real headless browser against our peer program, each of them offering and answering.

usage: browser_test.py [--browser=chromium|firefox] --peer=PROGRAM [--runs=N] [--repeat=N] [--restarts=N]
                       [unittest arguments, e.g. -v -k bundle]

--runs is how often each of the eight ways to connect is taken, --repeat how often every other case is,
--restarts how often either side restarts ICE during a transfer.
A missing browser or peer program is a failure: nothing is skipped.
"""
import argparse
import itertools
import os
import shlex
import shutil
import statistics
import sys
import unittest

import checks
from browser import Browser
from native import NativePeer
from peer import connected
from turn_server import PASSWORD, USER, TurnServer, blamed

ROLES = ("offerer", "answerer")  # the browser's
NATIVE = {"offerer": "answerer", "answerer": "offerer"}
BUNDLE_POLICIES = ("balanced", "max-compat", "max-bundle")
SNAP = "--enable-blink-features=WebRtcSctpSnap"
SPED = "--force-fieldtrials=WebRTC-IceHandshakeDtls/Enabled/"
# Chromium has TCP candidates only where a page may use the camera.
SHOWS_ALL = {"chromium": ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"), "firefox": ()}
settings = argparse.Namespace()


class BrowserTest(unittest.TestCase):
    browsers = {}
    timings = {}

    @classmethod
    def tearDownClass(cls):
        while cls.browsers:
            cls.browsers.popitem()[1].close()
        for way, seconds in cls.timings.items():
            print(f"connect time, {way}: {summary(seconds)}", file=sys.stderr)

    def browser(self, mdns, flags=()):
        key = (mdns, *flags)
        if key not in self.browsers:
            self.browsers[key] = Browser(mdns=mdns, flags=flags, kind=settings.browser)
        return self.browsers[key]

    def pair(self, role, mdns=False, trickle=True, native=(), flags=(), **page):
        """(the browser's peer, our peer, both as (offerer, answerer))"""
        browser = self.browser(mdns, flags).peer(name=f"{settings.browser} {role}", role=role, trickle=trickle, **page)
        ours = NativePeer(settings.peer, name="sluice " + NATIVE[role], role=NATIVE[role], start=False, trickle=trickle,
                          label="first", **dict(native))
        return browser, ours, (browser, ours) if role == "offerer" else (ours, browser)

    def each(self, ways, body):
        """Runs the body for every way and repetition as a subtest, with a fresh pair of peers."""
        for way, number in itertools.product(ways, range(settings.repeat)):
            with self.subTest(**way, number=number):
                browser, ours, roles = self.pair(**way)
                with connected(*roles):
                    body(browser, ours, roles)
                    checks.no_errors(browser, ours)

    def each_role(self, body):
        self.each([{"role": role} for role in ROLES], body)

    def test_connects(self):
        for role, mdns, trickle in itertools.product(ROLES, (True, False), (True, False)):
            way = (f"browser is {role}, mDNS {'on' if mdns else 'off'}, "
                   f"candidates {'trickle' if trickle else 'in the description'}")
            for number in range(settings.runs):
                with self.subTest(way=way, number=number):
                    browser, ours, roles = self.pair(role, mdns, trickle)
                    with connected(*roles) as seconds:
                        checks.messages(browser, ours, sizes=(1024,), texts=("hello",))
                        checks.messages(ours, browser, sizes=(1024,), texts=("hello",))
                        checks.no_errors(browser, ours)
                        self.timings.setdefault(way, []).append(seconds)

    def test_only_we_can_begin_by_the_names_of_the_browser(self):
        for role in ROLES:
            browser, ours, roles = self.pair(role, mdns=True)
            ours.transports = ()
            with self.subTest(role=role), connected(*roles) as seconds:
                ours.send({"type": "selected"})
                remote = ours.wait("selected")["remote"]
                checks.expect(remote["type"] == "host" and remote["address"].endswith(".local"), f"not by name: {remote}")
                checks.messages(ours, browser, sizes=(1024,), texts=("hello",))
                checks.no_errors(browser, ours)
                self.timings.setdefault(f"by its names, browser is {role}", []).append(seconds)

    def test_only_the_browser_can_begin_by_our_names(self):
        for role in ROLES:
            browser, ours, roles = self.pair(role, mdns=True, native={"mdns": True})
            browser.transports = ()
            with self.subTest(role=role), connected(*roles) as seconds:
                for event in ours.find("candidate"):
                    checks.expect(" typ host" not in event["candidate"] or ".local " in event["candidate"], f"leaked: {event}")
                checks.messages(browser, ours, sizes=(1024,), texts=("hello",))
                checks.no_errors(browser, ours)
                self.timings.setdefault(f"by our names, browser is {role}", []).append(seconds)

    def test_the_browser_connects_to_us_over_tcp_where_nobody_knows_a_udp_address(self):
        for role in ROLES:
            browser, ours, roles = self.pair(role, flags=SHOWS_ALL[settings.browser], native={"tcp": "passive"})
            browser.transports = ours.transports = ("tcp",)
            with self.subTest(role=role), connected(*roles) as seconds:
                checks.over_tcp(browser, ours)
                checks.transfer(browser, ours)
                checks.restart(browser, browser, ours, checks.open_channel(browser, ours, "moving")[0])
                checks.over_tcp(browser, ours)
                checks.no_errors(browser, ours)
                self.timings.setdefault(f"over TCP, browser is {role}", []).append(seconds)

    def test_both_show_names_only(self):
        self.each([{"role": role, "mdns": True, "native": {"mdns": True}} for role in ROLES],
                  lambda browser, ours, _: checks.messages(browser, ours, sizes=(1024,), texts=("hello",)))

    def test_only_relays_can_carry_it(self):
        """Either side alone allows nothing but its relay, or both do; names of the browser's would tell a relay nothing."""
        ways = itertools.product(ROLES, (("sluice",), ("browser",), ("sluice", "browser")), ("udp", "tcp"))
        with TurnServer() as server, blamed(server):
            for role, relaying, transport in ways:
                page = {"iceServers": [{"urls": server.url(transport), "username": USER, "credential": PASSWORD}],
                        "iceTransportPolicy": "relay"} if "browser" in relaying else {}
                native = {"ice_server": server.url(transport), "turn_user": USER, "turn_pass": PASSWORD,
                          "policy": "relay"} if "sluice" in relaying else {}
                with self.subTest(role=role, relaying=relaying, transport=transport):
                    browser, ours, roles = self.pair(role, native=native, **page)
                    with connected(*roles) as seconds:
                        for name, peer in (("browser", browser), ("sluice", ours)):
                            pair = peer.selected()
                            checks.expect((pair["local"]["type"] == "relay") == (name in relaying), f"{name}: {pair}")
                        checks.messages(browser, ours)
                        checks.messages(ours, browser)
                        checks.no_errors(browser, ours)
                        self.timings.setdefault(f"relayed by {' and '.join(relaying)}, {transport}", []).append(seconds)

    def test_messages_of_all_sizes_and_kinds(self):
        def body(browser, ours, _):
            checks.messages(browser, ours)
            checks.messages(ours, browser)
        self.each_role(body)

    def test_channel_attributes_as_the_other_side_sees_them(self):
        def body(browser, ours, _):
            checks.attributes(browser, ours)
            checks.attributes(ours, browser)
        self.each_role(body)

    def test_negotiated_channels(self):
        def body(_, __, roles):
            checks.negotiated(*roles, 100)
            checks.negotiated(*roles, 255, ordered=False, maxRetransmits=2)
        self.each_role(body)

    def test_channel_closed_by_either_side(self):
        def body(browser, ours, _):
            for closer, opener in itertools.product((browser, ours), repeat=2):
                checks.close_channel(closer, ours if closer is browser else browser, opener)
        self.each_role(body)

    def test_connection_closed_by_the_browser(self):
        self.each_role(lambda browser, ours, _: checks.close_connection(browser, ours))

    def test_connection_closed_by_us(self):
        # Chromium does not call the connection disconnected before its consent checks have failed for 5 s.
        self.each_role(lambda browser, ours, _: checks.close_connection(ours, browser, states=()))

    def test_offers_with_audio_and_video(self):
        ways = [{"role": "offerer", "media": media, "bundlePolicy": policy, "trickle": trickle, "mdns": mdns}
                for media, policy, trickle, mdns in itertools.product(
                    (["audio", "video"], ["video"]), BUNDLE_POLICIES, (True, False), (True, False))]
        self.each(ways, lambda browser, ours, _: checks.messages(browser, ours, sizes=(1024,), texts=("hello",)))

    def test_second_negotiation_adds_media(self):
        def body(browser, ours, _):
            mark = browser.mark()
            browser.send({"type": "renegotiate", "media": ["audio", "video"]})
            browser.wait("state", since=mark, what="signaling", value="stable")
            checks.messages(browser, ours, sizes=(1024,), texts=("hello",))
            checks.messages(ours, browser, sizes=(1024,), texts=("hello",))
        self.each([{"role": role, "bundlePolicy": policy} for role in ROLES for policy in BUNDLE_POLICIES], body)

    def test_ice_restart_keeps_the_channels(self):
        def body(browser, ours, _):
            for restarter, other in ((browser, ours), (ours, browser)):
                marks = {peer: peer.mark() for peer in (restarter, other)}
                label, _ = checks.open_channel(restarter, other, "kept")
                restarter.send({"type": "restart-ice"})
                for peer, mark in marks.items():
                    peer.wait("state", since=mark, what="signaling", value="stable")
                checks.exchange(restarter, other, label, "after the restart")
                checks.messages(other, restarter, sizes=(65535,), texts=("hello",))
        self.each_role(body)

    def test_sctp_handshake_in_the_descriptions(self):
        if settings.browser == "firefox":
            self.skipTest("Firefox has no such thing")
        for role, theirs, ours_has_it in itertools.product(ROLES, (True, False), (True, False)):
            if not theirs and not ours_has_it:
                continue
            with self.subTest(role=role, theirs=theirs, ours=ours_has_it):
                browser, ours, roles = self.pair(role, flags=(SNAP,) if theirs else (),
                                                 native={"snap": str(ours_has_it).lower()})
                with connected(*roles):
                    offers = theirs if role == "offerer" else ours_has_it
                    self.assertEqual("a=sctp-init:" in roles[0].find("offer")[0]["sdp"], offers)
                    self.assertEqual("a=sctp-init:" in roles[1].find("answer")[0]["sdp"], theirs and ours_has_it)
                    checks.messages(browser, ours)
                    checks.messages(ours, browser)
                    checks.no_errors(browser, ours)

    def test_dtls_in_the_connectivity_checks(self):
        if settings.browser == "firefox":
            self.skipTest("Firefox has no such thing")
        ways = [{"theirs": theirs, "ours": ours, "snap": snap} for theirs, ours, snap in itertools.product(
            (True, False), (True, False), (True, False)) if theirs or ours]
        for role, way, number in itertools.product(ROLES, ways, range(settings.repeat)):
            with self.subTest(role=role, **way, number=number):
                flags = [flag for flag, on in ((SPED, way["theirs"]), (SNAP, way["snap"])) if on]
                browser, ours, roles = self.pair(role, flags=flags, native={"sped": way["ours"], "snap": way["snap"]})
                with connected(*roles) as seconds:
                    offers = way["theirs"] if role == "offerer" else way["ours"]
                    self.assertEqual(lists_sped(roles[0].find("offer")[0]["sdp"]), offers)
                    self.assertEqual(lists_sped(roles[1].find("answer")[0]["sdp"]), way["theirs"] and way["ours"])
                    checks.messages(browser, ours)
                    checks.messages(ours, browser)
                    checks.no_errors(browser, ours)
                    self.timings.setdefault(f"SPED, browser is {role}, {way}", []).append(seconds)

    def test_restarts_during_a_transfer(self):
        def body(browser, ours, _):
            label, _ = checks.open_channel(browser, ours, "moving")
            for number in range(settings.restarts):
                for restarter in (browser, ours):
                    with self.subTest(restart=number, by=restarter.name):
                        checks.restart(restarter, browser, ours, label)
        self.each_role(body)

    def test_twenty_channels(self):
        def body(browser, ours, _):
            checks.many_channels(browser, ours)
            checks.many_channels(ours, browser)
        self.each_role(body)

    def test_five_mebibytes_each_way(self):
        def body(browser, ours, _):
            checks.transfer(browser, ours)
            checks.bulk_to_browser(ours, browser)
        self.each_role(body)


def lists_sped(sdp):
    return any("sped" in line.split() for line in sdp.replace("a=ice-options:", "a=ice-options: ").splitlines())


def summary(seconds):
    low, middle, high = (1000 * pick(seconds) for pick in (min, statistics.median, max))
    return f"min {low:.0f} ms, median {middle:.0f} ms, max {high:.0f} ms, {len(seconds)} runs"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=os.environ.get("SLUICE_PEER", ""), help="program (and arguments), default $SLUICE_PEER")
    parser.add_argument("--browser", choices=("chromium", "firefox"), default="chromium")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--restarts", type=int, default=2)
    rest = parser.parse_known_args(namespace=settings)[1]
    settings.peer = shlex.split(settings.peer)
    if not settings.peer or not shutil.which(settings.peer[0]):
        sys.exit(f"no peer program {settings.peer}: build examples/peer and name it with --peer")
    try:
        Browser(kind=settings.browser).close()
    except OSError as error:
        sys.exit(str(error))
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
