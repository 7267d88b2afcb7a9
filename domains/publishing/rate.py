"""How often one address may ask for what has to be computed. Counted by each process for itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

QUOTA, WINDOW_S = 300, 60
NAME = "computed"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a quota, and the whole seconds until it is full again. Below 0 it is used up."""

    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF's draft on rate limits writes them."""
        return {
            "RateLimit-Policy": f'"{NAME}";q={QUOTA};w={WINDOW_S}',
            "RateLimit": f'"{NAME}";r={max(self.remaining, 0)};t={self.reset}',
        }


class Quotas:
    """Counts of one window, which begins anew for everybody when it is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.begun = clock()
        self.counts: dict[str, int] = {}
        self.guard = threading.Lock()

    def take(self, who: str) -> Left:
        """Count one request of this address."""
        with self.guard:
            now = self.clock()
            if now - self.begun >= WINDOW_S:
                self.begun = now
                self.counts.clear()
            self.counts[who] = self.counts.get(who, 0) + 1
            return Left(QUOTA - self.counts[who], int(self.begun + WINDOW_S - now) + 1)

    def give_back(self, who: str) -> None:
        """Do not count a request that cost nothing."""
        with self.guard:
            self.counts[who] = max(self.counts.get(who, 0) - 1, 0)


quotas = Quotas()
