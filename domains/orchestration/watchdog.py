"""When a cluster is wedged: there is work, it has a free process, it was told so again and again, and nothing stirs.

A worker that was killed while it held the lock of the shared queue leaves such a cluster behind: every process is alive
and none ever gets a message.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

PATIENCE_S = 30.0
"""Seconds for which a cluster may leave every kick unanswered."""


class Verdict(Enum):
    """What is to be done about a cluster."""

    FINE = "nothing"
    KICK = "tell it that there is work"
    WEDGED = "kill it and start it again"


class Watchdog:
    """Judges one cluster. Times are those of a clock that never jumps, in seconds."""

    patience_s: ClassVar[float] = PATIENCE_S

    def __init__(self) -> None:
        self._since: float | None = None

    def judge(self, now: float, *, has_work: bool, is_free: bool, heard: float) -> Verdict:
        """`has_work`: a run in its queues should have been taken by now. `is_free`: fewer of its processes hold a live
        lease than it has. `heard`: when one of its processes last gave a sign of life.
        """
        if not (has_work and is_free):
            self._since = None
            return Verdict.FINE
        if self._since is None or heard > self._since:
            self._since = now
        if now - self._since < self.patience_s:
            return Verdict.KICK
        self._since = None
        return Verdict.WEDGED
