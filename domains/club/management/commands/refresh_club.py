"""`manage.py refresh_club`: start the collection that the button, the schedule and the API start."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domains.base.errors import Unavailable, ValidationFailed
from domains.club.reads import collection_of_run, parts_of
from domains.club.start import start_collection
from domains.club.waiting import ended
from domains.orchestration import reads as runs
from domains.orchestration.start import RunInfo
from domains.orchestration.states import RunState


class Command(BaseCommand):
    """Queues the collection; with `--wait` says how it ended, and carries it out here when no worker is running."""

    help = "Collect the figures of communities and publish them as public JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is collected, and `--wait` with how long."""
        parser.add_argument("--app", default="", help="Ask about this application only.")
        parser.add_argument("--feature", default="", help="Ask about this feature only, by its slug.")
        parser.add_argument("--wait", action="store_true", help="Wait for the end; fail if the collection failed.")
        parser.add_argument("--timeout", type=float, default=3600.0, help="Seconds that --wait waits at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start it. Raises CommandError, so that the exit status is not 0, when a waited-for one did not succeed."""
        info = self._start(options["app"], options["feature"])
        under_way = "" if info.created else " was under way already"
        self.stdout.write(f"Collection {info.uuid}{under_way}: {info.url}")
        if options["wait"]:
            self._wait(info, options["timeout"])

    def _start(self, app: str, feature: str) -> RunInfo:
        try:
            return start_collection(None, app, feature)
        except ValidationFailed as error:
            raise CommandError(error.message) from error

    def _wait(self, info: RunInfo, timeout: float) -> None:
        if runs.is_worker_missing():
            self.stdout.write("No worker is running, so the collection is carried out here.")
        try:
            run = ended(info, timeout_s=timeout)
        except Unavailable as error:
            raise CommandError(error.message) from error
        if run.state not in (RunState.SUCCESS, RunState.EXITED):
            raise CommandError((run.error or {}).get("message") or f"The collection ended as {run.state}.")
        self.stdout.write((run.result or {}).get("message", "Done."))
        self._tell_stale(info)

    def _tell_stale(self, info: RunInfo) -> None:
        collection = collection_of_run(info.uuid)
        for part in parts_of(collection).filter(state="stale") if collection else ():
            where = f"{part.application}, {part.source_name}, {part.feature or 'hero metrics'}"
            self.stdout.write(f"  {where}: {part.error}")
