"""django-q2's cluster as a supervisor wants it: whole or not at all, told to stop, kicked, never outliving its parent.

Signals inside a cluster: SIGTERM to its main process ends it in an orderly way; SIGUSR1 asks a worker to hand its run
back; SIGUSR2 says that there is work, in case the message got lost.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from queue import Full
from time import monotonic, sleep
from typing import Any, ClassVar
from uuid import uuid4

import structlog
from django.conf import settings
from django.utils import timezone
from django_q import cluster
from django_q.conf import Conf

from domains.orchestration import pulse, stopping
from domains.orchestration.states import Queue

KICKED = "domains.orchestration.tasks.kicked"
PR_SET_PDEATHSIG = 1
FINISH_WITHIN_S = 5.0
"""How long the other workers may go on with their step when one was killed."""
log = structlog.get_logger(__name__)


class Paced:
    """The sentinel's stop event; while the sentinel waits for it, it also does what is due."""

    def __init__(self, event: Any, action: Callable[[], None]) -> None:
        self._event, self._action = event, action

    def wait(self, seconds: float) -> bool:
        """Act, then wait."""
        self._action()
        return bool(self._event.wait(seconds))

    def is_set(self) -> bool:
        """Whether the cluster is to stop."""
        return bool(self._event.is_set())


class WholeSentinel(cluster.Sentinel):  # type: ignore[misc]
    """Ends the cluster where django-q2 would replace a killed process alone.

    An idle worker waits with the lock of the shared queue in its hands. When it is killed (out of memory, by an
    operator), nobody gets that lock again, and a cluster that looks alive carries out nothing for ever.
    """

    queues: ClassVar[Sequence[str]] = ()

    def __init__(self, stop_event: Any, *args: Any, **kwargs: Any) -> None:
        self._kicked = False
        signal.signal(signal.SIGUSR2, self._hear)
        super().__init__(Paced(stop_event, self._look_around), *args, **kwargs)

    def start(self) -> None:
        """Begin at once, even where the broker does not answer: kicks bring the work then."""
        self.spawn_cluster()
        self.guard()

    def reincarnate(self, process: Any) -> None:
        """Replace a process that ended by itself or took too long; end everything after one that was killed."""
        if process.exitcode is not None and process.exitcode != 0:
            pulse.send(pulse.GONE, process.pid)
        if process.exitcode is None or process.exitcode >= 0:
            super().reincarnate(process)
            return
        log.error("queue_process_killed", pid=process.pid, signal=-process.exitcode)
        self._let_finish([other for other in self.pool if other is not process])
        for other in (*self.pool, self.monitor, self.pusher):
            other.kill()
        sys.exit(1)

    def stop(self) -> None:
        """Have the workers hand their runs back, then end as django-q2 does."""
        self._ask(self.pool)
        super().stop()

    def _let_finish(self, others: Sequence[Any]) -> None:
        """Give the other workers a moment for their present step: they have done nothing wrong."""
        self._ask(others)
        until = monotonic() + FINISH_WITHIN_S
        while monotonic() < until and any(other.timer.value > 0 for other in others if other.is_alive()):
            sleep(0.05)
        for other in others:
            if other.is_alive():
                pulse.send(pulse.INNOCENT, other.pid)

    def _ask(self, workers: Sequence[Any]) -> None:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGUSR1)

    def _hear(self, number: int, frame: object) -> None:
        self._kicked = True

    def _look_around(self) -> None:
        """Pass a kick on as a task of this cluster's own; a full queue has tasks enough."""
        if self._kicked:
            self._kicked = False
            task = {"id": uuid4().hex, "name": "kick", "func": KICKED, "args": tuple(self.queues), "kwargs": {}}
            with suppress(Full):
                self.task_queue.put({**task, "save": False, "started": timezone.now()}, block=False)


class WholeCluster(cluster.Cluster):  # type: ignore[misc]
    """A cluster whose signal handler waits for nothing."""

    def __init__(self) -> None:
        self._asked = False
        super().__init__()
        signal.signal(signal.SIGUSR2, self._pass_on)

    def sig_handler(self, number: int, frame: object) -> None:
        """SIGTERM and SIGINT: stop."""
        if not self._asked:
            self._asked = True
            if self.stop_event:
                self.stop_event.set()

    def run(self) -> int:
        """Work until told to stop; the exit status of the sentinel."""
        self.start()
        if self._asked:
            self.stop_event.set()
        self.sentinel.join()
        return int(self.sentinel.exitcode or 0)

    def _pass_on(self, number: int, frame: object) -> None:
        if os.getpid() == self.pid and self.sentinel and self.sentinel.pid:
            with suppress(ProcessLookupError):
                os.kill(self.sentinel.pid, signal.SIGUSR2)


def die_with_parent(parent: int) -> None:
    """Have Linux end this process when its parent, the process `parent`, is killed; other systems have no such call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


def run_cluster(queues: Sequence[str], parent: int, *, held_back: Collection[signal.Signals] = ()) -> int:
    """Be the main process of a cluster that serves these queues, below the process `parent`, until SIGTERM; its exit
    status. Signals that are `held_back` come through once they can be dealt with.
    """
    forking = os.getpid()

    def remember() -> None:
        nonlocal forking
        forking = os.getpid()

    os.register_at_fork(before=remember, after_in_child=lambda: die_with_parent(forking))
    signal.signal(signal.SIGUSR1, stopping.request)
    if settings.SEPARATE_QUEUES and queues[0] != Queue.DEFAULT:
        # What Q_CLUSTER_NAME does where a cluster is a program of its own; ALT_CLUSTERS differ in nothing else.
        Conf.CLUSTER_NAME = queues[0]
    WholeSentinel.queues = queues
    cluster.Sentinel = WholeSentinel
    whole = WholeCluster()
    die_with_parent(parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, held_back)
    return whole.run()
