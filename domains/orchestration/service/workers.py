"""The table of workers."""

from __future__ import annotations

from datetime import datetime

from domains.base.service import ModelService
from domains.orchestration.models import Worker


class WorkerService(ModelService[Worker]):
    """Heartbeats of worker processes."""

    model = Worker

    def beat(self, host: str, pid: int, now: datetime) -> None:
        """Note that the process is alive."""
        if not self.filter(host=host, pid=pid).update(seen=now):
            self.create(host=host, pid=pid, started=now, seen=now)

    def prune(self, before: datetime) -> int:
        """Forget the processes not seen since then; their number."""
        return self.bulk_delete(seen__lt=before)
