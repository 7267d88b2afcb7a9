"""Many days at once, as collections would have stored them one after another: for demo data and benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from domains.base.database import atomic_write
from domains.club import members, store
from domains.club.digest import Contribution, merge, ranking
from domains.club.ledger import STARTS, Ledger
from domains.club.models import Feature, FeaturePoint, HeroPoint
from domains.club.models.figures import Every
from domains.club.readings import Presence
from domains.club.service import feature_points, features, hero_points

FLUSH_AT = 400
COLLECTED_AT = time(4, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """What sources have said that day: `said` by slug of the feature, "" for the hero metrics."""

    day: date
    said: Mapping[str, Sequence[Contribution]]


def write_history(application: str, names: Mapping[str, str], days: Iterable[HistoryDay]) -> int:
    """Store the points of these days, which come in their order; how many days they were.

    `names` holds the name of each feature by slug; what is missing is made. Points that are there already are
    replaced, so the days should come after all that are stored.
    """
    writer = _Writer(application, names)
    count = 0
    for each in days:
        writer.write(each)
        count += 1
    writer.finish()
    return count


@dataclass(slots=True)
class _Series:
    """One feature while its history is written; `latest` holds who was present in the newest point of each length."""

    ledger: Ledger
    latest: dict[Every, tuple[date, frozenset[int]]] = field(default_factory=dict)
    last_days: dict[int, date] = field(default_factory=dict)

    def advance(self, day: date) -> None:
        """Points that no longer belong to the running day, week or month are those before."""
        for every, (at, present) in self.latest.items():
            if at < STARTS[every](day):
                self.ledger.before[every] = present

    def note(self, day: date, present: frozenset[int]) -> None:
        self.latest = {every: (start(day), present) for every, start in STARTS.items()}
        self.last_days |= dict.fromkeys(present, day)


class _Writer:
    def __init__(self, application: str, names: Mapping[str, str]) -> None:
        self.application = application
        self.features = {slug: _feature(application, slug, name) for slug, name in names.items()}
        self.series: dict[str, _Series] = {}
        self.known: dict[str, int] = {}
        self.present: dict[str, tuple[Presence, date]] = {}
        self.points: dict[tuple[int, str, date], FeaturePoint] = {}
        self.heroes: dict[tuple[str, date], HeroPoint] = {}

    def write(self, each: HistoryDay) -> None:
        """One day; its points are stored with others."""
        collected = datetime.combine(each.day, COLLECTED_AT)
        for slug, contributions in each.said.items():
            if slug:
                self._write_feature(self.features[slug], each.day, collected, contributions)
            else:
                rows = store.hero_rows(self.application, each.day, collected, contributions)
                self.heroes |= {(row.every, row.at): row for row in rows}
        if len(self.points) > FLUSH_AT:
            self._flush()

    def _write_feature(
        self, feature: Feature, day: date, collected: datetime, contributions: Sequence[Contribution]
    ) -> None:
        merged = merge(members.without_erased(self.application, contributions))
        self._meet(merged.members, day)
        if feature.slug not in self.series:
            self.series[feature.slug] = _Series(store.ledger_of(feature.pk, day))
        series = self.series[feature.slug]
        series.advance(day)
        rows = ranking(merged.members, self.known)
        for point in series.ledger.points(day, collected, rows, merged):
            self.points[feature.pk, point.every, point.at] = point
        series.note(day, frozenset(row.member for row in rows))

    def _meet(self, present: Sequence[Presence], day: date) -> None:
        strangers = [each for each in present if each.key not in self.known]
        if strangers:
            with atomic_write():
                self.known |= members.seen(self.application, strangers, day)
        self.present |= {each.key: (each, day) for each in present}

    def _flush(self) -> None:
        with atomic_write():
            feature_points.store(self.points.values())
            hero_points.store(self.heroes.values())
        self.points, self.heroes = {}, {}

    def finish(self) -> None:
        """Store what is left, and when everybody was last present."""
        self._flush()
        with atomic_write():
            for series in self.series.values():
                store.note_presence(series.ledger, series.last_days)
            by_day: dict[date, list[Presence]] = {}
            for presence, day in self.present.values():
                by_day.setdefault(day, []).append(presence)
            for day, present in sorted(by_day.items()):
                members.seen(self.application, present, day)


def _feature(application: str, slug: str, name: str) -> Feature:
    known = features.find(application=application, slug=slug)
    if known is not None:
        return known
    with atomic_write():
        return features.create(application=application, slug=slug, name=name)
