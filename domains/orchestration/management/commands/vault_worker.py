"""`manage.py vault_worker`: carries out queued runs until it is told to stop."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from domains.orchestration.handlers import ensure_rows
from domains.orchestration.states import Queue
from domains.orchestration.supervisor import Supervisor, clusters_for
from domains.orchestration.tasks import tick


class Command(BaseCommand):
    """Starts django-q2's clusters, watches them, writes a heartbeat, and ends with its parent."""

    help = "Carry out queued runs and schedules until SIGTERM or SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which queues."""
        every = ",".join(Queue.values)
        parser.add_argument("--queues", default=every, help=f"queues to serve, separated by commas (default: {every})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the schedules right, look once for what was left behind, then work."""
        clusters = clusters_for(self._queues(options["queues"]))
        try:
            ensure_rows()
            tick()
        except DatabaseError as error:
            raise CommandError(f"The database is not ready; migrate it first. It says: {error}") from error
        supervisor = Supervisor(clusters)
        supervisor.register()
        self.stdout.write(f"Worker {supervisor.host}:{supervisor.pid} is ready.")
        sys.exit(supervisor.run())

    def _queues(self, given: str) -> list[str]:
        names = [name.strip() for name in given.split(",") if name.strip()]
        if not names or set(names) - set(Queue.values):
            raise CommandError(f"--queues takes names out of {', '.join(Queue.values)}, separated by commas.")
        if not settings.SEPARATE_QUEUES and set(names) != set(Queue.values):
            raise CommandError("One worker serves every queue here; set SEPARATE_QUEUES=true to serve some of them.")
        return names
