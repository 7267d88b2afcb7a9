"""`manage.py list_apps`: the registered applications, as a table or as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from domains.applications.reads import ApplicationInfo, application_list
from domains.applications.words import describe_rule

HEADINGS = ("Slug", "Name", "State", "Features", "Filters")


class Command(BaseCommand):
    """Lists active and inactive applications in the order of the pages."""

    help = "List the registered applications."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json` for scripts."""
        parser.add_argument("--json", action="store_true", help="Print a JSON array instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        infos = application_list()
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(info) for info in infos], indent=2, ensure_ascii=False))
        elif infos:
            self._table([HEADINGS, *map(_as_row, infos)])
            for info in infos:
                self._filters(info)
        else:
            self.stdout.write("No application is registered yet. Add one on the page Applications, or load the demo.")

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _filters(self, info: ApplicationInfo) -> None:
        if info.filters:
            self.stdout.write(f"\n{info.name}")
        for data_type, rule in info.filters.items():
            self.stdout.write(f"  {data_type}: {describe_rule(rule)}.")


def _as_row(info: ApplicationInfo) -> tuple[str, ...]:
    state = "active" if info.active else "inactive"
    return info.slug, info.name, state, ", ".join(info.features) or "none", ", ".join(info.filters) or "none"


def _as_json(info: ApplicationInfo) -> dict[str, Any]:
    return {
        "uuid": info.uuid.hex,
        "slug": info.slug,
        "name": info.name,
        "description": info.description,
        "features": info.features,
        "filters": info.filters,
        "active": info.active,
    }
