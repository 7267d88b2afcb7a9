"""`manage.py vault_worker`: carries out queued runs until it is told to stop."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from domains.orchestration.handlers import ensure_rows
from domains.orchestration.supervisor import Supervisor
from domains.orchestration.tasks import tick


class Command(BaseCommand):
    """Starts django-q2's cluster, writes a heartbeat, and ends with its parent."""

    help = "Carry out queued runs and schedules until SIGTERM or SIGINT."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the schedules right, look once for what was left behind, then work."""
        try:
            ensure_rows()
            tick()
        except DatabaseError as error:
            raise CommandError(f"The database is not ready; migrate it first. It says: {error}") from error
        supervisor = Supervisor()
        supervisor.beat()
        self.stdout.write(f"Worker {supervisor.host}:{supervisor.pid} is ready.")
        sys.exit(supervisor.run())
