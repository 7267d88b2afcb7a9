"""The table of workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Worker


class WorkerService(ModelService[Worker]):
    """Heartbeats of worker processes."""

    model = Worker

    def register(self, host: str, pid: int, now: datetime, **values: Any) -> None:
        """Note that a process has begun, whatever another with its number has left behind."""
        self.bulk_delete(host=host, pid=pid)
        self.create(host=host, pid=pid, started=now, seen=now, **values)

    def beat(self, host: str, pid: int, now: datetime, **values: Any) -> None:
        """Note that the process is alive."""
        if not self.filter(host=host, pid=pid).update(seen=now, **values):
            self.create(host=host, pid=pid, started=now, seen=now, **values)

    def be_impatient(self) -> None:
        """Wait no longer than two seconds for SQLite's lock: whoever watches others has no time."""
        if database.connection().vendor == "sqlite":
            with database.connection().cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 2000")

    def prune(self, before: datetime) -> int:
        """Forget the processes not seen since then; their number."""
        return self.bulk_delete(seen__lt=before)
