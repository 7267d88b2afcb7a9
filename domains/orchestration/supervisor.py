"""The worker process: it runs django-q2's cluster as its child and says every few seconds that it is alive."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from time import monotonic, sleep

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from domains.base import database
from domains.orchestration.cluster import die_with_parent
from domains.orchestration.service import workers

BEAT_EVERY = 5.0
POLL_EVERY = 0.5
FORGET_AFTER = timedelta(minutes=10)
MAX_PAUSE = 30.0
log = structlog.get_logger(__name__)


class Supervisor:
    """One qcluster, started again when it ends by itself, and ended with this process or with this one's parent."""

    def __init__(self, command: list[str] | None = None) -> None:
        self.command = command or [sys.executable, str(settings.BASE_DIR / "manage.py"), "vault_cluster"]
        self.host, self.pid = socket.gethostname()[:100], os.getpid()
        self._parent = os.getppid()
        self._stopping = False
        self._child: subprocess.Popen[bytes] | None = None
        self._beaten = float("-inf")
        self._restarts = 0

    def run(self) -> int:
        """Work until told to stop; the exit status of the cluster."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._forward)
        status = 0
        while not self._stopping:
            status = self._run_child()
            if not self._stopping:
                self._pause(status)
        workers.bulk_delete(host=self.host, pid=self.pid)
        return status

    def beat(self) -> None:
        """Write the heartbeat. A database that does not answer is logged: the cluster must go on by itself."""
        self._beaten = monotonic()
        database.connection().close_if_unusable_or_obsolete()
        try:
            workers.beat(self.host, self.pid, timezone.now())
            workers.prune(timezone.now() - FORGET_AFTER)
        except DatabaseError as error:
            log.warning("heartbeat_failed", reason=str(error))

    def _run_child(self) -> int:
        self._child = subprocess.Popen(self.command, start_new_session=True, preexec_fn=die_with_parent)  # noqa: S603 - our own command
        if self._stopping:
            self._child.terminate()
        while True:
            try:
                return self._child.wait(timeout=POLL_EVERY)
            except subprocess.TimeoutExpired:
                self._watch()

    def _watch(self) -> None:
        if not self._stopping and os.getppid() != self._parent:
            log.warning("parent_gone")
            self._stop()
        if monotonic() - self._beaten >= BEAT_EVERY:
            self.beat()

    def _pause(self, status: int) -> None:
        """Before the cluster is started again: longer each time, up to half a minute."""
        self._restarts += 1
        pause = min(MAX_PAUSE, 2.0**self._restarts / 2)
        log.error("cluster_ended", status=status, seconds_until_restart=pause)
        until = monotonic() + pause
        while not self._stopping and monotonic() < until:
            self._watch()
            sleep(POLL_EVERY)

    def _forward(self, number: int, frame: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._stopping = True
        if self._child and self._child.poll() is None:
            self._child.terminate()
