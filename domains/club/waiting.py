"""Collections that somebody waits for: scripts, commands, and the demo."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

from domains.base.errors import Unavailable
from domains.club.start import start_collection
from domains.orchestration import reads as runs
from domains.orchestration.carry_out import carry_out
from domains.orchestration.reaper import reap
from domains.orchestration.start import RunInfo

POLL_S = 0.2
FAMILY = 20
"""Children looked at before the run itself is looked at again."""


def collect_now(app: str = "", feature: str = "", *, timeout_s: float = 3600.0) -> Any:
    """Collect, and wait until the run has ended: the run, whose `state`, `result` and `error` say how.

    A collection that is under way is waited for instead. Raises ValidationFailed for an unknown application or
    feature, and Unavailable when the run has not ended in time; it goes on then.
    """
    return ended(start_collection(None, app, feature), timeout_s=timeout_s)


def ended(info: RunInfo, *, timeout_s: float) -> Any:
    """The run once it has ended. While no worker is alive, it and its children are carried out in this process.

    Raises Unavailable when it has not ended in time.
    """
    until, here = monotonic() + timeout_s, runs.is_worker_missing()
    while (run := runs.run_get(info.uuid)).is_active:
        if monotonic() > until:
            raise Unavailable(f"The run has not ended after {timeout_s:g} s. It goes on; see {info.url}")
        if not (here and (_carried_out(run) or reap())):
            sleep(POLL_S)
    return run


def _carried_out(run: Any) -> bool:
    """Carry out what can be of this run and its children; whether there was anything."""
    children = runs.run_list().filter(parent=run, state__in=runs.active_states())[:FAMILY]
    return carry_out(run.pk) or any(_carried_out(child) for child in children)
