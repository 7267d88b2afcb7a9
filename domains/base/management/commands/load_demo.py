"""Demo data of every extension."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domains.base.errors import VaultError
from domains.extensions.registry import extensions


class Command(BaseCommand):
    """Asks each extension for its demo data. What is there already stays as it is."""

    help = "Load the demo data of every extension; changes nothing that is there."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load in the order of the settings. Raises CommandError naming the extension that could not."""
        for extension in extensions():
            try:
                extension.load_demo()
            except VaultError as error:
                raise CommandError(f"{extension.name}: {error.message} {error.detail}".strip()) from error
            self.stdout.write(f"{extension.name}: ready")
