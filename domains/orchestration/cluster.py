"""django-q2's cluster, begun anew as a whole when one of its processes was killed, and never outliving its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

import structlog
from django_q import cluster

PR_SET_PDEATHSIG = 1
log = structlog.get_logger(__name__)


class WholeSentinel(cluster.Sentinel):  # type: ignore[misc]
    """Ends the cluster where django-q2 would replace a killed process alone.

    An idle worker waits with the lock of the shared queue in its hands. When it is killed (out of memory, by an
    operator), nobody gets that lock again, and a cluster that looks alive carries out nothing for ever.
    """

    def reincarnate(self, process: Any) -> None:
        """Replace a process that ended by itself or took too long; end everything after one that was killed."""
        if process.exitcode is None or process.exitcode >= 0:
            super().reincarnate(process)
            return
        log.error("queue_process_killed", pid=process.pid, signal=-process.exitcode)
        for other in (*self.pool, self.monitor, self.pusher):
            other.kill()
        sys.exit(1)


def die_with_parent() -> None:
    """Have Linux end this process in an orderly way when its parent is killed; other systems have no such call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def be_whole() -> None:
    """Make the clusters that this process starts whole: the sentinel above, and no orphans."""
    cluster.Sentinel = WholeSentinel
    os.register_at_fork(after_in_child=die_with_parent)
