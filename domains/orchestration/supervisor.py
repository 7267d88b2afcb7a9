"""The worker process: django-q2's clusters are its children; it sees that they work and brings runs back to them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic, sleep

import structlog
from django.conf import settings
from django.db import Error
from django.utils import timezone

from domains.base import database
from domains.orchestration.cluster_process import STOP_WITHIN_S, ClusterProcess
from domains.orchestration.lease import owner
from domains.orchestration.reaper import reap
from domains.orchestration.service import runs, workers
from domains.orchestration.states import Queue
from domains.orchestration.watchdog import Verdict

POLL_EVERY_S = 0.2
LOOK_EVERY_S = 1.0
BEAT_EVERY_S = 5.0
KICK_EVERY_S = 60.0
COMPLAIN_EVERY_S = 30.0
FORGET_AFTER = timedelta(minutes=10)
TAKEN_WITHIN = timedelta(seconds=5)
"""A cluster with a free worker takes a run within that, unless it has not heard of it."""
log = structlog.get_logger(__name__)


def clusters_for(queues: Sequence[str]) -> list[ClusterProcess]:
    """The clusters that serve these queues: one for each where queues are separate, else one for all of them."""
    served = [queue for queue in Queue.values if queue in queues]
    groups = [[queue] for queue in served] if settings.SEPARATE_QUEUES else [served]
    return [ClusterProcess(group) for group in groups]


class Supervisor:
    """Clusters that are started again when they end or hang, and ended with this process or with this one's parent."""

    def __init__(self, clusters: Sequence[ClusterProcess]) -> None:
        self.clusters = list(clusters)
        self.host, self.pid = socket.gethostname()[:100], os.getpid()
        self._lease_host = owner().rsplit(":", 2)[0]
        self._parent = os.getppid()
        self._stopping = False
        self._regular = ((self._look, LOOK_EVERY_S), (self._beat, BEAT_EVERY_S), (self._kick, KICK_EVERY_S))
        self._due: dict[Callable[[], None], float] = dict.fromkeys((action for action, _ in self._regular), 0.0)
        self._complained = float("-inf")

    def run(self) -> int:
        """Work until told to stop; the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self._stopping or any(cluster.is_running for cluster in self.clusters):
                self._round()
                sleep(POLL_EVERY_S)
        finally:
            self._try(self._end_leases)
            self._try(lambda: workers.bulk_delete(host=self.host, pid=self.pid))
        return 0

    def register(self) -> None:
        """Write the first heartbeat, which says what this worker serves."""
        self._try(lambda: workers.register(self.host, self.pid, timezone.now(), **self._values()))

    def _round(self) -> None:
        for cluster in self.clusters:
            cluster.tend(stopping=self._stopping)
        self._try(self._end_leases)
        if not self._stopping and os.getppid() != self._parent:
            log.warning("parent_gone")
            self._stop()
        for action, every in self._regular:
            if monotonic() >= self._due[action]:
                self._due[action] = monotonic() + every
                self._try(action)

    def _beat(self) -> None:
        workers.beat(self.host, self.pid, timezone.now(), **self._values())
        workers.prune(timezone.now() - FORGET_AFTER)

    def _look(self) -> None:
        """Bring runs back whose time has come, and see whether the clusters take what waits for them."""
        reap()
        for cluster in self.clusters if not self._stopping else ():
            has_work = cluster.is_running and runs.unwoken(TAKEN_WITHIN, cluster.queues).order_by().exists()
            held = runs.live_owners(self._lease_host) if has_work else []
            busy = sum(cluster.has(_pid(name)) for name in held)
            verdict = cluster.watchdog.judge(
                monotonic(), has_work=has_work, is_free=busy < cluster.capacity, heard=cluster.heard
            )
            if verdict == Verdict.KICK:
                cluster.kick()
            elif verdict == Verdict.WEDGED:
                log.error("cluster_wedged", queues=cluster.queues, busy=busy, capacity=cluster.capacity)
                cluster.kill()

    def _kick(self) -> None:
        """Now and then for no reason: the tick must come even where no message does."""
        for cluster in self.clusters if not self._stopping else ():
            cluster.kick()

    def _end_leases(self) -> None:
        """End the leases of worker processes that have died, so that nobody waits until they run out."""
        for cluster in self.clusters:
            if not cluster.ended:
                continue
            for counted in (True, False):
                dead = {pid for pid, counts in cluster.ended if counts is counted}
                names = [name for name in runs.live_owners(self._lease_host) if _pid(name) in dead]
                if names:
                    runs.expire_leases(names, counted=counted)
            cluster.ended.clear()

    def _values(self) -> dict[str, object]:
        return {
            "queues": ",".join(queue for cluster in self.clusters for queue in cluster.queues),
            "capacity": sum(cluster.capacity for cluster in self.clusters),
            "processes": [pid for cluster in self.clusters for pid in cluster.workers],
            "restarts": sum(cluster.restarts for cluster in self.clusters),
        }

    def _try(self, action: Callable[[], object]) -> None:
        """A database that does not answer is logged now and then: the clusters must go on by themselves."""
        try:
            database.connection().close_if_unusable_or_obsolete()
            workers.be_impatient()
            action()
        except Error as error:
            database.connection().close()
            if monotonic() - self._complained > COMPLAIN_EVERY_S:
                self._complained = monotonic()
                log.warning("supervisor_without_database", reason=str(error))

    def _stop(self, number: int = 0, frame: object = None) -> None:
        if not self._stopping:
            self._stopping = True
            # Even where a database hangs: SIGALRM ends this process, and what is below it ends with it.
            signal.alarm(int(STOP_WITHIN_S) + 5)
            for cluster in self.clusters:
                cluster.stop()


def _pid(lease_owner: str) -> int:
    return int(lease_owner.rsplit(":", 2)[1])
