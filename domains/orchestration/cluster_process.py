"""A cluster as its supervisor sees it: a child process with everything below it, watched and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

import structlog
from django.conf import settings

from domains.orchestration import pulse
from domains.orchestration.cluster import die_with_parent
from domains.orchestration.states import Queue
from domains.orchestration.watchdog import Watchdog

MAX_PAUSE_S = 30.0
STABLE_S = 60.0
"""A cluster that has lived so long has not failed at its start."""
STOP_WITHIN_S = 20.0
"""Seconds for the steps under way to end after SIGTERM; what goes on longer is killed and carried out elsewhere."""
log = structlog.get_logger(__name__)


class ClusterProcess:
    """The cluster that serves `queues` with `capacity` workers. `heard` is when it last gave a sign of life."""

    def __init__(self, queues: Sequence[str], command: Sequence[str] = ()) -> None:
        self.queues = tuple(queues)
        self.capacity: int = settings.Q_CLUSTER["workers"]
        self.restarts = 0
        self.heard = float("-inf")
        self.watchdog = Watchdog()
        self.ended: list[tuple[int, bool]] = []
        self._command = tuple(command) or _command(self.queues)
        self._process: subprocess.Popen[bytes] | None = None
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

    def tend(self, *, stopping: bool) -> None:
        """Listen to it, notice its end, start it when its time has come; kill it when it does not stop in time."""
        self._listen()
        if self._process and self._process.poll() is not None:
            self._bury(self._process.returncode, stopping=stopping)
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
        self._listener = pulse.Listener()
        command = [*self._command, "--pulse", str(self._listener.pipe)]
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            start_new_session=True,
            pass_fds=(self._listener.pipe,),
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
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
            self._failures = 0 if monotonic() - self._started > STABLE_S else self._failures + 1
            pause = min(MAX_PAUSE_S, 2.0**self._failures / 4)
            self._start_at = monotonic() + pause
            log.error("cluster_ended", queues=self.queues, status=status, seconds_until_restart=pause)

    def _kill_group(self) -> None:
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _command(queues: Sequence[str]) -> tuple[str, ...]:
    """django-q2 learns from its environment which of several clusters it is, before Django is set up."""
    manage = (sys.executable, str(settings.BASE_DIR / "manage.py"), "vault_cluster", "--queues", ",".join(queues))
    if settings.SEPARATE_QUEUES and queues[0] != Queue.DEFAULT:
        return ("/usr/bin/env", f"Q_CLUSTER_NAME={queues[0]}", *manage)
    return manage
