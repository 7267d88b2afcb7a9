"""`manage.py refresh_trace_data`: start the export that the button, the schedule and the API start."""

from __future__ import annotations

from argparse import ArgumentParser
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from domains.base.errors import VaultError
from domains.orchestration import reads as runs
from domains.orchestration.carry_out import carry_out
from domains.orchestration.start import RunInfo, start
from domains.orchestration.states import RunState
from domains.trace.reads import EXPORT_KEY

POLL_S = 0.2


class Command(BaseCommand):
    """Queues the export; with `--wait` says how it ended, and carries it out here when no worker is running."""

    help = "Publish the feature specifications as public JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is exported, and `--wait` with how long."""
        parser.add_argument("--full", action="store_true", help="Read all of Notion, not only what was edited.")
        parser.add_argument("--app", default="", help="Build the documents of this application only.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would change; publish nothing.")
        parser.add_argument("--wait", action="store_true", help="Wait for the end; fail if the export failed.")
        parser.add_argument("--timeout", type=float, default=600.0, help="Seconds that --wait waits at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start it. Raises CommandError, so that the exit status is not 0, when a waited-for export did not succeed."""
        info = self._start(**{name: options[name] for name in ("full", "app", "dry_run")})
        under_way = "" if info.created else " was under way already"
        self.stdout.write(f"Export {info.uuid}{under_way}: {info.url}")
        if options["wait"]:
            self._wait(info, options["timeout"])

    def _start(self, **args: Any) -> RunInfo:
        try:
            return start("trace", "export", key=EXPORT_KEY, **args)
        except VaultError as error:
            raise CommandError(error.message) from error

    def _wait(self, info: RunInfo, timeout: float) -> None:
        until = monotonic() + timeout
        if runs.is_worker_missing():
            self.stdout.write("No worker is running, so the export is carried out here.")
            carry_out(runs.run_get(info.uuid).pk)
        while runs.run_get(info.uuid).is_active:
            if monotonic() > until:
                raise CommandError(f"The export has not ended after {timeout:.0f} s. It goes on; see {info.url}")
            sleep(POLL_S)
        self._report(info)

    def _report(self, info: RunInfo) -> None:
        detail = runs.run_detail(info.uuid)
        if detail.run.state not in (RunState.SUCCESS, RunState.EXITED):
            raise CommandError(_words(detail.run))
        result = detail.result or {}
        if result.get("under_way"):
            raise CommandError(f"Another export is under way: {reverse('run', args=[result['under_way']])}")
        self.stdout.write(f"{result.get('message', 'Done.')} Snapshot {result.get('snapshot')}.")
        for change, rows in (result.get("rows") or {}).items():
            for row in rows:
                self.stdout.write(f"  {change}: {row['kind']} {row['name'] or row['id']}")
        for problem in result.get("problems") or []:
            self.stdout.write(f"  {problem['kind']} {problem['name']}: {problem['text']}")


def _words(run: Any) -> str:
    """Why a run did not succeed, with each fault on a line of its own."""
    error = run.error or {}
    faults = [
        f"  {path}: {fault}" if path else f"  {fault}"
        for path, all_ in error.get("fields", {}).items()
        for fault in all_
    ]
    return "\n".join([error.get("message") or f"The export ended as {run.state}.", *faults])
