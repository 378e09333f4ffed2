#!/usr/bin/env python3
"""Is the harness itself sound?  Two sessions of one page go through the checks, without any peer of ours.

A failure here means that the browser or the harness is at fault, not the library.
"""
import unittest

import checks
from browser import Browser
from peer import Deadline, connected


class HarnessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def pair(self, **options):
        return [self.browser.peer(role=role, **options) for role in ("offerer", "answerer")]

    def test_two_sessions_pass_the_checks(self):
        offerer, answerer = self.pair()
        with connected(offerer, answerer):
            for one, other in ((offerer, answerer), (answerer, offerer)):
                checks.messages(one, other)
                checks.attributes(one, other)
                checks.close_channel(one, other)
                checks.close_channel(one, other, opener=other)
                checks.many_channels(one, other)
                checks.bulk_to_browser(one, other, size=checks.MIB)
            checks.negotiated(offerer, answerer, 100)
            checks.transfer(offerer, answerer, size=checks.MIB)
            checks.no_errors(offerer, answerer)
            checks.close_connection(offerer, answerer, states=())

    def test_candidates_may_be_in_the_description(self):
        offerer, answerer = self.pair(trickle=False)
        with connected(offerer, answerer):
            self.assertFalse(offerer.find("candidate"))
            checks.messages(offerer, answerer, sizes=(1,))

    def test_media_sections_and_renegotiation(self):
        for policy in ("balanced", "max-compat", "max-bundle"):
            offerer, answerer = self.pair(media=["audio", "video"], bundlePolicy=policy)
            with self.subTest(policy=policy), connected(offerer, answerer):
                mark = offerer.mark()
                offerer.send({"type": "renegotiate", "media": ["audio"]})
                offerer.wait("state", since=mark, what="signaling", value="stable")
                checks.messages(offerer, answerer, sizes=(1,))

    def test_a_failure_tells_its_story(self):
        offerer, answerer = self.pair()
        with self.assertRaises(AssertionError) as failed, connected(offerer, answerer):
            offerer.wait("message", label="never sent", deadline=0.1)
        for part in ("no message", "m=application", "a=setup:actpass", "'value': 'connected'", "candidate:"):
            self.assertIn(part, str(failed.exception))

    def test_a_deadline_does_not_match_other_events(self):
        offerer, _ = self.pair()
        with self.assertRaises(Deadline):
            offerer.wait("ready", deadline=0.1, impl="another browser")


if __name__ == "__main__":
    unittest.main()
