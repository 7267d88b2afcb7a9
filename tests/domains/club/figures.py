"""Readings and sources for the tests of Club's figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domains.club.digest import Contribution
from domains.club.history import HistoryDay
from domains.club.models import Feature
from domains.club.readings import Item, Presence, Reading

DAY = date(2026, 3, 2)
"""A Monday."""
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)


def reading(scores: Mapping[str, float] | None = None, **more: Any) -> Reading:
    """A reading of members with these scores, by key."""
    return Reading(members=[Presence(key, key.title(), score) for key, score in (scores or {}).items()], **more)


def said(scores: Mapping[str, float] | None = None, source: str = "forum", **more: Any) -> Contribution:
    """What a source says: members with these scores."""
    kind = more.pop("kind", "file")
    stale_since = more.pop("stale_since", None)
    return Contribution(source, kind, source, reading(scores, **more), stale_since)


def item(key: str, score: float, **more: Any) -> Item:
    """A topic."""
    return Item(key, more.pop("title", key.title()), score, **more)


def history(*days: Mapping[str, float], start: date = DAY, slug: str = "help") -> list[HistoryDay]:
    """One feature on consecutive days."""
    return [HistoryDay(start + timedelta(days=number), {slug: [said(scores)]}) for number, scores in enumerate(days)]


def make_feature(slug: str = "help", application: str = "skyflow") -> Feature:
    """A feature."""
    return Feature.objects.create(application=application, slug=slug, name=slug.title())
