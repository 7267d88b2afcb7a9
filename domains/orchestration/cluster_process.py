"""A cluster as its supervisor sees it: a child process with everything below it, watched and started again."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from django.conf import settings

from domains.base import database
from domains.orchestration import pulse
from domains.orchestration.cluster import run_cluster
from domains.orchestration.watchdog import Watchdog

MAX_PAUSE_S = 30.0
STABLE_S = 60.0
"""A cluster that has lived so long, or has carried out anything, has not failed at its start."""
STOP_WITHIN_S = 20.0
"""Seconds for the steps under way to end after SIGTERM; what goes on longer is killed and carried out elsewhere."""
FORK = multiprocessing.get_context("fork")
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR2}
log = structlog.get_logger(__name__)


class ClusterProcess:
    """The cluster that serves `queues` with `capacity` workers. `heard` is when it last gave a sign of life; `ended`
    are the worker processes that have died, and whether the claims count of the runs that they carried out.
    """

    def __init__(self, queues: Sequence[str]) -> None:
        self.queues = tuple(queues)
        self.capacity: int = settings.Q_CLUSTER["workers"]
        self.restarts = 0
        self.heard = float("-inf")
        self.watchdog = Watchdog()
        self.ended: list[tuple[int, bool]] = []
        self._process: Any = None
        self._listener: pulse.Listener | None = None
        self._workers: set[int] = set()
        self._innocent: set[int] = set()
        self._failures = 0
        self._started = self._start_at = float("-inf")
        self._kill_at = float("inf")

    @property
    def is_running(self) -> bool:
        """Whether it has a main process."""
        return self._process is not None

    @property
    def workers(self) -> list[int]:
        """The process numbers of its workers that have given a sign of life."""
        return sorted(self._workers)

    def tend(self, *, stopping: bool) -> None:
        """Listen to it, notice its end, start it when its time has come; kill it when it does not stop in time."""
        self._listen()
        if self._process and not self._process.is_alive():
            self._bury(self._process.exitcode, stopping=stopping)
        if self._process is None and not stopping and monotonic() >= self._start_at:
            self._start()
        if self._process and monotonic() > self._kill_at:
            log.warning("cluster_did_not_stop", queues=self.queues, seconds=STOP_WITHIN_S)
            self._innocent |= self._workers
            self._kill_group()

    def stop(self) -> None:
        """Ask it to end. Safe in a signal handler."""
        if self._process:
            self._kill_at = min(self._kill_at, monotonic() + STOP_WITHIN_S)
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)

    def kick(self) -> None:
        """Tell it that there is work."""
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGUSR2)

    def kill(self) -> None:
        """Kill it with everything below it; it is started again at once."""
        self._failures = 0
        self._kill_group()

    def has(self, pid: int) -> bool:
        """Whether that process is one of its own."""
        try:
            return self._process is not None and os.getpgid(pid) == self._process.pid
        except ProcessLookupError:
            return False

    def _start(self) -> None:
        """Fork it off this process, which has everything loaded already and must share no connection with it."""
        self._listener = pulse.Listener()
        database.connection().close()
        self._process = FORK.Process(target=_main, args=(self.queues, self._listener, os.getpid()))
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._started = monotonic()
        self.watchdog = Watchdog()

    def _listen(self) -> None:
        for sign, pid in self._listener.heard() if self._listener else ():
            if sign == pulse.ALIVE:
                self._workers.add(pid)
                self.heard = monotonic()
            elif sign == pulse.INNOCENT:
                self._innocent.add(pid)
            else:
                self._workers.discard(pid)
                self.ended.append((pid, True))

    def _bury(self, status: int, *, stopping: bool) -> None:
        """Its main process has ended: nothing of it may be left, and its leases are over."""
        self._kill_group()
        self._listen()
        self.ended += [(pid, pid not in self._innocent) for pid in self._workers]
        if self._listener:
            self._listener.close()
        self._process = self._listener = None
        self._workers, self._innocent = set(), set()
        if not stopping:
            self.restarts += 1
            has_worked = self.heard > self._started or monotonic() - self._started > STABLE_S
            self._failures = 0 if has_worked else self._failures + 1
            pause = min(MAX_PAUSE_S, 2.0**self._failures / 4)
            self._start_at = monotonic() + pause
            log.error("cluster_ended", queues=self.queues, status=status, seconds_until_restart=pause)

    def _kill_group(self) -> None:
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _main(queues: Sequence[str], listener: pulse.Listener, parent: int) -> None:
    """The cluster's main process, from its first moment: in a group of its own, with signals held back until it can
    deal with them.
    """
    os.setsid()
    listener.stop_listening()
    pulse.connect(listener.pipe)
    raise SystemExit(run_cluster(queues, parent, held_back=SIGNALS))
