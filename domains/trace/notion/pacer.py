"""Turns at sending: one pace for each token, shared by every process and machine that uses it."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable

from domains.base.errors import UpstreamFailed
from domains.trace.notion.errors import Interrupted
from domains.trace.service import pace

LOOK_S = 0.5
"""Seconds after which a wait looks whether it is still wanted."""
WORTH_SAYING_S = 2.0


def fingerprint(token: str) -> str:
    """What a token is known by where the token itself must not stand."""
    return hashlib.sha256(f"notion.pace:{token}".encode()).hexdigest()


class Pacer:
    """Waits for turns, outside of transactions. `say` is told of waits worth a word, "" when they are over; a wait ends
    by Interrupted as soon as `stop` answers true. A turn that is more than `longest_s` away is not waited for.
    """

    def __init__(
        self,
        token: str,
        rate: float,
        say: Callable[[str], None],
        stop: Callable[[], bool],
        longest_s: float = math.inf,
    ) -> None:
        self.key, self.interval = fingerprint(token), 1.0 / rate
        self.say, self.stop, self.longest_s = say, stop, longest_s

    def take_turn(self) -> None:
        """Return when the next request may be sent. Raises Interrupted, and UpstreamFailed when that is too long."""
        self.check()
        seconds = pace.reserve(self.key, self.interval)
        if seconds > self.longest_s:
            raise UpstreamFailed(f"Notion wants to be left alone for another {math.ceil(seconds):,} s.")
        self.sleep(seconds, "")

    def hold(self, seconds: float) -> None:
        """Notion has asked for silence: nobody sends anything with this token for so long."""
        pace.defer(self.key, seconds)

    def sleep(self, seconds: float, reason: str) -> None:
        """Wait. Raises Interrupted."""
        end, told = time.monotonic() + seconds, -1
        spoken = seconds >= WORTH_SAYING_S
        while (left := end - time.monotonic()) > 0:
            if spoken and math.ceil(left) != told:
                told = math.ceil(left)
                self.say(f"waiting {told:,} s for Notion{f' ({reason})' if reason else ''}")
            time.sleep(min(left, LOOK_S))
            if seconds > LOOK_S:
                self.check()
        if spoken:
            self.say("")

    def check(self) -> None:
        """Raises Interrupted when nobody wants the answer any more."""
        if self.stop():
            raise Interrupted("Stopped between two requests to Notion; what was read so far is kept.")
