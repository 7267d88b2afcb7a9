"""What Club publishes, made from the tables: the same bytes for the same figures, whoever makes them and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from domains.applications import reads as applications
from domains.club import public_rows as told
from domains.club.models import Feature
from domains.club.models.figures import Every
from domains.club.public_rows import FeatureState, Person, Row
from domains.club.published import FEATURES, HERO, HISTORY, INDEX, PRESENT, endpoint_of, name_of
from domains.club.service import communities, feature_points, features, hero_points, members
from domains.club.states import feature_state, hero_state, source_rows
from domains.publishing.documents import canonical, envelope_of, fingerprint
from domains.publishing.store import StagedFile, index_file

CONVENTION = "competition"
"""Equal scores share a rank, and the next one is as much lower as they are many: 1, 2, 2, 4."""
NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Made:
    """A document before it has the name of its snapshot; `meta` is what it says about itself beside the usual."""

    application: str
    kind: str
    data: Any
    items: int
    meta: Row = field(default_factory=dict)
    feature: str = ""

    @property
    def address(self) -> str:
        """Where readers find it."""
        return endpoint_of(self.application, self.kind, self.feature)

    def digest(self) -> str:
        """Equal for equal figures. When they were found to be so changes nothing; since when they are stale does."""
        return fingerprint(canonical([self.address, _timeless(self.data), _timeless(self.meta)]))

    def file(self, snapshot: str) -> StagedFile:
        """The document as it is published."""
        body = envelope_of(self.application, self.address, self.items, snapshot, canonical(self.data), self.meta)
        name = name_of(self.kind, self.feature)
        return StagedFile(self.application, self.kind, self.address, self.items, body, name)


@dataclass(frozen=True, slots=True)
class Publishable:
    """Every document of a publication; `snapshot` is their name, `day` that of the newest figures in them, and
    `published` the time that they tell.
    """

    snapshot: str
    day: date
    published: datetime
    applications: Sequence[str]
    files: Sequence[StagedFile]


def build(published: datetime) -> Publishable:
    """The documents of all active applications as the tables have them now. Costs a few queries a feature."""
    slugs = applications.available_apps()
    made = [*_hero(slugs), *_features(slugs), *_history(slugs)]
    snapshot = fingerprint("\n".join(sorted(each.digest() for each in made)).encode())[:NAME_DIGITS]
    days = [each.meta["day"] for each in made if each.meta.get("day")]
    day = max(map(date.fromisoformat, days), default=timezone.now().date())
    files = [each.file(snapshot) for each in made]
    indexes = [_index(slug, slugs, files, day, published).file(snapshot) for slug in ("", *slugs)]
    ordered = sorted([*files, *indexes], key=lambda file: (file.application, file.path))
    return Publishable(snapshot, day, published, slugs, ordered)


def _hero(slugs: Sequence[str]) -> Iterator[Made]:
    states = [state for slug in slugs if (state := hero_state(slug))]
    for slug in ("", *slugs):
        mine = [state for state in states if slug in ("", state.point.application)]
        rows = [row for state in mine for row in told.hero_rows(state)]
        meta = {"day": _day(state.point.at for state in mine), "sources": source_rows(_these(slug, slugs), "")}
        yield Made(slug, HERO, rows, len(rows), meta)


def _features(slugs: Sequence[str]) -> Iterator[Made]:
    """The documents of each feature, of all features of an application, and both of all applications."""
    by_slug: dict[str, list[Feature]] = {}
    for feature in features.of().filter(application__in=slugs):
        by_slug.setdefault(feature.slug, []).append(feature)
    named = names_of_communities()
    listed: dict[str, list[Row]] = {slug: [] for slug in slugs}
    for feature_slug in sorted(by_slug):
        states = [state for feature in by_slug[feature_slug] if (state := feature_state(feature))]
        people = people_in(states, named)
        for state in states:
            made = most_present([state], state.feature.application, people)
            listed[state.feature.application].append(made.data["feature"])
            yield made
        if states:
            yield most_present(states, "", people)
    for slug in ("", *slugs):
        rows = [row for each in _these(slug, slugs) for row in listed[each]]
        meta = {"day": max((row["day"] for row in rows), default=None)}
        yield Made(slug, FEATURES, rows, len(rows), meta)


def people_in(states: Sequence[FeatureState], named: Collection[str]) -> dict[int, Person]:
    """What may be told of the most present members, by primary key; `named` are the applications that tell names."""
    pks = [row.member for state in states for row in state.ranking[: told.MOST_MEMBERS]]
    return {
        pk: Person(pseudonym, name if application in named else "")
        for pk, application, pseudonym, name in members.public(pks)
    }


def most_present(
    states: Sequence[FeatureState], application: str, people: Mapping[int, Person], *, now: bool = True
) -> Made:
    """Who and what is most present in a feature, of one application or ("") of several that have it; `now` says that it
    is about the newest figures.
    """
    slug = states[0].feature.slug
    ranking = told.together([state.ranking for state in states])
    rows = told.member_rows(states, ranking, people)
    totals = told.feature_row(states, ranking, application, endpoint_of(application, PRESENT, slug))
    data = {"feature": totals, "members": rows, "items": told.item_rows(states)}
    owners = [state.feature.application for state in states]
    meta = {
        "day": totals["day"],
        "population": len(ranking),
        "ranks": CONVENTION,
        "sources": source_rows(owners, slug) if now else None,
    }
    return Made(application, PRESENT, data, len(rows), meta, slug)


def names_of_communities() -> set[str]:
    """The applications that publish their members' names."""
    return set(communities.filter(publish_names=True).values_list("application", flat=True))


def _history(slugs: Sequence[str]) -> Iterator[Made]:
    """Which days there are, the newest first, with what can be asked for of each."""
    found: dict[str, dict[date, set[str]]] = {slug: {} for slug in slugs}
    for slug, day in hero_points.filter(every=Every.DAY, application__in=slugs).values_list("application", "at"):
        found[slug].setdefault(day, set())
    points = feature_points.filter(every=Every.DAY, feature__active=True, feature__application__in=slugs)
    for slug, feature, day in points.values_list("feature__application", "feature__slug", "at").order_by():
        found[slug].setdefault(day, set()).add(feature)
    for slug in ("", *slugs):
        yield _days_of(slug, [found[each] for each in _these(slug, slugs)])


def _days_of(application: str, found: Iterable[Mapping[date, set[str]]]) -> Made:
    days: dict[date, set[str]] = {}
    for mine in found:
        for day, slugs in mine.items():
            days.setdefault(day, set()).update(slugs)
    rows = [
        {
            "day": day.isoformat(),
            "hero_metrics": f"{endpoint_of(application, HERO)}{day}/",
            "most_present": [f"{endpoint_of(application, PRESENT, slug)}{day}/" for slug in sorted(days[day])],
        }
        for day in sorted(days, reverse=True)
    ]
    return Made(application, HISTORY, rows, len(rows), {"day": _day(days)})


def _index(application: str, slugs: Sequence[str], files: Sequence[StagedFile], day: date, published: datetime) -> Made:
    """What there is to read of an application."""
    listed = [index_file(file) for file in files if file.application == application]
    data: Row = {"published": told.said(published), "documents": listed, "history": endpoint_of(application, HISTORY)}
    if not application:
        data["applications"] = [{"slug": slug, "index": endpoint_of(slug, INDEX)} for slug in slugs]
    return Made(application, INDEX, data, len(listed), {"day": day.isoformat()})


def _these(slug: str, slugs: Sequence[str]) -> Sequence[str]:
    return [slug] if slug else slugs


def _day(days: Iterable[date]) -> str | None:
    newest = max(days, default=None)
    return newest.isoformat() if newest else None


def _timeless(value: Any) -> Any:
    """Rows, or what holds them, without the times at which figures that are not stale were collected."""
    if isinstance(value, list):
        return [_bare(each) for each in value]
    return {key: _timeless(each) if isinstance(each, list) else _bare(each) for key, each in value.items()}


def _bare(row: Any) -> Any:
    if isinstance(row, dict) and row.get("stale") is False:
        return {key: each for key, each in row.items() if key != "as_of"}
    return row
