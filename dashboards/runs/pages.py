"""What this dashboard adds to the navigation and the palette."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dashboards.audit import objects
from dashboards.shell import figures, navigation, palette
from dashboards.shell.navigation import Badge, NavItem
from dashboards.shell.palette import MAX_PER_SOURCE, PaletteEntry
from dashboards.shell.states import state
from domains.orchestration import reads


def register() -> None:
    """Register its pages."""
    navigation.register(NavItem("Runs", "runs", "list-checks", badge=badge, keys="g r", match=("run", "run_by_hex")))
    palette.register_source("Runs", search_runs)
    objects.register_kind(
        "orchestration.run", objects.ObjectKind(href=lambda event: reverse("run_by_hex", args=[event.object_id]))
    )


def badge(request: HttpRequest) -> Badge | None:
    """How many runs are stuck, else how many are queued or under way; nothing when none is."""
    counts = reads.run_counts()
    if counts.stuck:
        return Badge(f"{counts.stuck:,}", "bad", f"stuck, {counts.active:,} active")
    return Badge(f"{counts.active:,}", "run", f"{counts.active:,} active") if counts.active else None


def _age(run: Any) -> str:
    return figures.age((timezone.now() - run.created).total_seconds())


def search_runs(request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
    """The newest runs that match."""
    for run in reads.run_search(reads.run_list(), text)[:MAX_PER_SOURCE]:
        label = f"{run.title} for {run.application}" if run.application else run.title
        yield PaletteEntry(label, run.get_absolute_url(), "list-checks", f"{state(run.state).word}, {_age(run)}")
