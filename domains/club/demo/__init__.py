"""Communities to look at: files that are collected as in earnest, and the 90 days before them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from domains.applications import reads as applications
from domains.base.errors import Unavailable
from domains.club.demo.places import COMMUNITIES, DemoCommunity
from domains.club.demo.story import story
from domains.club.digest import Contribution
from domains.club.history import HistoryDay, write_history
from domains.club.readings import Reading
from domains.club.service import collections, hero_points, sources
from domains.club.sources.folder import files_folder
from domains.club.start import save_source
from domains.club.waiting import collect_now

SOURCE = "Community files"
INDENT = 1
PATIENCE_S = 60.0


def load_demo() -> None:
    """Write the files, make up the days before today, enter the sources, and collect and publish for the first time.

    What is there already stays as it is.
    """
    known = set(applications.available_apps())
    for community in COMMUNITIES:
        if community.application in known and not sources.filter(application=community.application).exists():
            _tell(community, timezone.now().date())
    if sources.filter(name=SOURCE).exists() and not collections.all().exists():
        with suppress(Unavailable):  # the collection goes on, as soon as a worker takes it
            collect_now(timeout_s=PATIENCE_S)


def _tell(community: DemoCommunity, today: date) -> None:
    days = list(story(community, today))
    _write_files(community, days[-1][1])
    if not hero_points.filter(application=community.application).exists():
        names = {feature.slug: feature.name for feature in community.features}
        write_history(community.application, names, _days(days[:-1]))
    save_source(actor=None, uuid=None, values=_values(community), secret=None, version=None)


def _days(days: list[tuple[date, Mapping[str, Reading]]]) -> Iterator[HistoryDay]:
    for day, readings in days:
        said = {slug: [Contribution(SOURCE, "file", "demo", reading)] for slug, reading in readings.items()}
        yield HistoryDay(day, said)


def _write_files(community: DemoCommunity, readings: Mapping[str, Reading]) -> None:
    """The files of today; those that are there stay as they are."""
    folder = files_folder() / community.application
    folder.mkdir(parents=True, exist_ok=True)
    for slug, reading in readings.items():
        content: Any = asdict(reading)
        _write(folder / f"{slug or 'hero'}.json", content["hero"] if not slug else _rows(content))


def _rows(content: dict[str, Any]) -> dict[str, Any]:
    return {"members": content["members"], "items": content["items"]}


def _write(path: Path, content: Any) -> None:
    if not path.exists():
        path.write_text(json.dumps(content, indent=INDENT, ensure_ascii=False) + "\n")


def _values(community: DemoCommunity) -> dict[str, Any]:
    slug = community.application
    features = [
        {"slug": feature.slug, "name": feature.name, "select": {"file": f"{slug}/{feature.slug}.json", "items": ""}}
        for feature in community.features
    ]
    return {
        "application": slug,
        "name": SOURCE,
        "kind": "file",
        "config": {"hero": f"{slug}/hero.json"},
        "features": features,
    }
