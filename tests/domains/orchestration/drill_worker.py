"""The worker of the drills: `vault_worker` at a pace of its own, which notes what its watchdog is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.core.management import execute_from_command_line

from domains.orchestration import cluster_process, supervisor, tasks
from domains.orchestration.watchdog import Verdict, Watchdog

KICK_EVERY_S = 4.0


@dataclass(frozen=True, slots=True)
class Pace:
    """After how long a cluster counts as wedged, and after how long one that is told to stop is killed."""

    patience_s: float = 30.0
    stop_within_s: float = 600.0


UNHURRIED = Pace()
"""Nothing is killed because the machine is slow."""


class NotingWatchdog(Watchdog):
    """A line of its file for each judgement: the moment, and whether there was work that nobody had taken."""

    file: Path

    def judge(self, now: float, *, has_work: bool, **facts: Any) -> Verdict:
        """As any watchdog."""
        with self.file.open("a") as lines:
            print(now, has_work, file=lines)
        return super().judge(now, has_work=has_work, **facts)


def work(arguments: Sequence[str], judgements: str, pace: Pace) -> None:
    """Be a worker until told to stop."""
    NotingWatchdog.file, NotingWatchdog.patience_s = Path(judgements), pace.patience_s
    often: dict[str, Any] = {"TAKEN_WITHIN": timedelta(seconds=1), "KICK_EVERY_S": KICK_EVERY_S}
    with (
        patch.multiple(supervisor, STOP_WITHIN_S=pace.stop_within_s, **often),
        patch.multiple(cluster_process, STOP_WITHIN_S=pace.stop_within_s, Watchdog=NotingWatchdog),
        patch.object(tasks, "OVERDUE_S", KICK_EVERY_S),
    ):
        execute_from_command_line(["manage.py", "vault_worker", *arguments])
