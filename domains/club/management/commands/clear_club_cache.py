"""`manage.py clear_club_cache`: forget the published documents that the cache holds."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domains.base.errors import ValidationFailed
from domains.club import cached
from domains.orchestration.start import run_now


class Command(BaseCommand):
    """Empties the cache of Club's documents; the next question for each reads the published file again."""

    help = "Forget the published documents of Club that the cache holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which keys; all of them without any."""
        parser.add_argument("keys", nargs="*", help="Such as club_data_hero-metrics.json. Default: all of them.")
        parser.add_argument("--list", action="store_true", help="Say which keys there are; forget nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Forget, or list. Raises CommandError for a key that there is not."""
        if options["list"]:
            for entry in cached.entries():
                self.stdout.write(f"{entry.key}  {f'{entry.bytes:,} bytes' if entry.is_set else 'not set'}")
            return
        try:
            result: Any = run_now("club", "clear_cache", keys=options["keys"] or None).result
        except ValidationFailed as error:
            raise CommandError(error.message) from error
        self.stdout.write(result["message"])
