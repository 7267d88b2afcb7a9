"""Documents of earlier days, made from the tables when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from domains.applications import reads as applications
from domains.base.errors import Gone, NotFound
from domains.club import public_rows as told
from domains.club.documents import NAME_DIGITS, Made, most_present, names_of_communities, people_in
from domains.club.models.figures import Every
from domains.club.published import HERO, HISTORY, endpoint_of
from domains.club.rules import month_start
from domains.club.service import feature_points, features, hero_points
from domains.club.states import feature_state, hero_state
from domains.publishing.documents import canonical, envelope_of

DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Dated(NamedTuple):
    """A document of a day: its bytes, the name of what is in it, and when that was collected, in Unix seconds."""

    body: bytes
    name: str
    modified: int


def parsed(day: str) -> date:
    """The day. Raises NotFound for what is none."""
    try:
        return date.fromisoformat(day if DAY.fullmatch(day) else "")
    except ValueError as error:
        raise NotFound(f"{day[:40]} is no day. Write it as 2026-01-31.") from error


def hero(application: str, day: str) -> Dated:
    """The hero metrics of a day. Raises NotFound, or Gone for a day that is not kept any more."""
    at, slugs = parsed(day), _slugs(application)
    states = [state for slug in slugs if (state := hero_state(slug, at))]
    if not states:
        kept = hero_points.filter(every=Every.MONTH, at=month_start(at), application__in=slugs)
        raise _missing(application, at, was_there=kept.exists())
    rows = [row for state in states for row in told.hero_rows(state)]
    made = Made(application, HERO, rows, len(rows), {"day": day, "sources": None})
    return _dated(made, day, [state.point.collected for state in states])


def present(application: str, feature: str, day: str) -> Dated:
    """Who and what was most present in a feature on a day. Raises as `hero` does."""
    at = parsed(day)
    mine = features.filter(slug=feature, active=True, application__in=_slugs(application)).order_by("application")
    states = [state for each in mine if (state := feature_state(each, at))]
    if not states:
        kept = feature_points.filter(every=Every.MONTH, at=month_start(at), feature__in=mine)
        raise _missing(application, at, was_there=kept.exists())
    made = most_present(states, application, people_in(states, names_of_communities()), now=False)
    return _dated(made, day, [state.point.collected for state in states])


def _slugs(application: str) -> Collection[str]:
    return [application] if application else applications.available_apps()


def _dated(made: Made, day: str, collected: Sequence[datetime]) -> Dated:
    name, address = made.digest()[:NAME_DIGITS], f"{made.address}{day}/"
    body = envelope_of(made.application, address, made.items, name, canonical(made.data), made.meta)
    return Dated(body, name, int(max(collected).timestamp()))


def _missing(application: str, day: date, *, was_there: bool) -> NotFound | Gone:
    """Why there is nothing of a day; `was_there` says that its month is known."""
    if day > timezone.now().date():
        return NotFound(f"{day} has not come yet.")
    kept = settings.VAULT.CLUB_KEEP_DAYS
    if was_there and (timezone.now().date() - day).days > kept:
        return Gone(f"Figures by day are kept for {kept} days, and {day} is longer ago.")
    history = endpoint_of(application, HISTORY)
    return NotFound(f"Nothing was collected on {day}. {history} says which days there are.")
