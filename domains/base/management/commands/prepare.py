"""Everything that must be in place before Vault can serve: `./dj.sh up` and the container's migrate step call it."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from domains.base.errors import VaultError
from domains.base.static_fingerprint import is_collected, mark_collected

STAGE = "  {name:<34}{seconds:4.0f} s\n"


class Command(BaseCommand):
    """Migrates, creates the first staff user, loads demo data, collects static files; safe to repeat.

    Progress goes to standard error. Standard output carries one line, "<username> <password>", and only when a user
    was created with a password that Vault made up.
    """

    help = "Put database, staff user, demo data and static files in place."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The options of a container's start."""
        parser.add_argument("--no-demo", action="store_true", help="no demo data; a user only by VAULT_ADMIN_PASSWORD")
        parser.add_argument("--static-only", action="store_true", help="collect the static files and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every stage in order. Raises CommandError with one sentence for the stage that failed."""
        self._make_home()
        self.check()
        if not options["static_only"]:
            self._prepare_database(demo=not options["no_demo"])
        self._stage("Static files", collect_static)

    def _prepare_database(self, *, demo: bool) -> None:
        self._stage("Database", lambda: call_command("migrate", interactive=False, verbosity=0))
        if demo or settings.VAULT.VAULT_ADMIN_PASSWORD:
            self._stage("Staff user", lambda: call_command("ensure_admin", stdout=self.stdout, stderr=self.stderr))
        if demo:
            self._stage("Demo data", lambda: call_command("load_demo", stdout=StringIO()))

    def _make_home(self) -> None:
        try:
            settings.VAULT_HOME.mkdir(parents=True, exist_ok=True)
            probe = settings.VAULT_HOME / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise CommandError(f"VAULT_HOME: {settings.VAULT_HOME} cannot be written: {error.strerror}.") from error

    def _stage(self, name: str, work: Callable[[], object]) -> None:
        started = time.monotonic()
        try:
            work()
        except (DatabaseError, VaultError, OSError) as error:
            raise CommandError(f"{name}: {explain(error)}") from error
        self.stderr.write(STAGE.format(name=name, seconds=time.monotonic() - started), ending="")


def collect_static() -> None:
    """Collect the static files, unless none changed since they were collected last."""
    if not is_collected():
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        mark_collected()


def explain(error: Exception) -> str:
    """One sentence for a failure that the operator can mend."""
    text = " ".join(str(error).split())
    if "disk is full" in text or "No space left" in text:
        return "the disk is full; free some space and run this again."
    if "readonly" in text or "unable to open database file" in text:
        return f"{settings.VAULT_HOME} cannot be written; set VAULT_HOME to a folder of your own."
    if "connection" in text and settings.VAULT.DATABASE_URL:
        return f"the database of DATABASE_URL does not answer: {text}"
    return text or type(error).__name__
