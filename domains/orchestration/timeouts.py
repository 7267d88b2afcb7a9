"""The time that a step may take.

In the main thread of a process, where workers carry out runs, the step is cut by a signal. A step that does not come
back even then is stuck in code that no signal reaches: the process ends, and the next claim of the run counts the call
as failed. In other threads nothing can be cut: the lease is no longer renewed, so that a worker takes the run over and
whatever comes back late is refused.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

import structlog

from domains.base.errors import VaultError
from domains.orchestration import lease
from domains.orchestration.models import Run

GRACE_S = 10.0
EXIT_CODE = 75
log = structlog.get_logger(__name__)


class StepTimedOut(VaultError):
    """A step took longer than it may."""

    status = 504
    code = "step_timed_out"
    retryable = True


@contextmanager
def limited(seconds: float, run: Run) -> Iterator[None]:
    """Let the body take that long at most. Raises StepTimedOut inside the body."""
    if threading.current_thread() is threading.main_thread():
        with _dies_after(seconds + GRACE_S, str(run.uuid)), _cut_after(seconds):
            yield
    else:
        with lease.kept_for(seconds, run):
            yield


@contextmanager
def _cut_after(seconds: float) -> Iterator[None]:
    armed = True

    def cut(signum: int, frame: FrameType | None) -> None:
        if armed:
            raise StepTimedOut(f"It took longer than {seconds:g} s.")

    handler = signal.signal(signal.SIGALRM, cut)
    begun, (left, _) = monotonic(), signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (monotonic() - begun), 0.001))


@contextmanager
def _dies_after(seconds: float, run: str) -> Iterator[None]:
    timer = threading.Timer(seconds, _die, [run])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _die(run: str) -> None:
    log.critical("step_cannot_be_cut", run=run)
    os._exit(EXIT_CODE)
