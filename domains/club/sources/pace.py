"""Turns at one host, for all that ask it in this process."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from domains.base.errors import RateLimited

WORTH_SAYING_S = 1.5


class HostPace:
    """A bucket of `burst` requests that fills at `rate` a second, and the silence that the host has asked for."""

    def __init__(self, host: str, rate: float, burst: int) -> None:
        self.host, self.interval, self.slack = host, 1 / rate, (burst - 1) / rate
        self.due = self.silent_until = -math.inf

    async def turn(self, left_s: float, say: Callable[[str], None]) -> float:
        """Return when a request may be sent: the seconds that were waited for it. `say` is told of long waits.

        Raises RateLimited at once when that is more than `left_s` away.
        """
        began = time.monotonic()
        place = max(self.due, began - self.slack)
        self.due = place + self.interval
        while (wait := max(place, self.silent_until) - time.monotonic()) > 0:
            if time.monotonic() + wait > began + left_s:
                raise RateLimited(f"{self.host} wants to be left alone for another {in_time(wait)}.")
            if wait >= WORTH_SAYING_S:
                say(f"waiting {in_time(wait)} for {self.host}")
            await asyncio.sleep(wait)
        return time.monotonic() - began

    def hold(self, seconds: float) -> None:
        """The host has asked for silence: nobody is given a turn for so long."""
        self.silent_until = max(self.silent_until, time.monotonic() + seconds)


def in_time(seconds: float) -> str:
    """A wait for people: "42 s", "17 min"."""
    return f"{math.ceil(seconds)} s" if seconds <= 120 else f"{math.ceil(seconds / 60)} min"
