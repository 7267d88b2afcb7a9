"""Questions of the overview: the hero metrics over time, how features stand, and what is out of date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from domains.club.lines import Line, added, line
from domains.club.metrics import METRICS, Metric
from domains.club.models import FeaturePoint, HeroPoint
from domains.club.models.figures import Every
from domains.club.rules import PERIODS, Growth, compared, growth
from domains.club.service import feature_points, hero_points, last_readings
from domains.club.service.standings import standing_points
from domains.club.spans import Span, Window, earliest, window

MOST_TROUBLES = 20
Figures = Mapping[str, float]
ByDay = dict[date, Figures]
Sources = Mapping[str, Sequence[str]]
Before = Mapping[date, tuple[Figures, Sources]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A hero metric as it is now. `growth` has it against a day, a week and a month before, None where that is not
    known; `line` over the span; `stale_since` the time of the oldest figure in it that could not be collected again.
    """

    metric: Metric
    value: float
    growth: Mapping[str, Growth | None]
    line: Line
    stale_since: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a feature stands: its newest point, and its contributions over the span."""

    point: FeaturePoint
    line: Line

    @property
    def change(self) -> Growth | None:
        """Contributions against the first point of the span; None without an earlier one."""
        known = [value for value in self.line.values if value is not None]
        return growth(self.point.contributions, known[0]) if len(known) > 1 else None


@dataclass(frozen=True, slots=True)
class Overview:
    """How some applications are doing, `day` being that of the newest figures.

    `figures` are the hero metrics added up, `by_application` those of each by itself, `standings` the active features
    that were ever collected, the one with most contributions first.
    """

    day: date
    collected: datetime
    window: Window
    figures: Sequence[Figure]
    by_application: Mapping[str, Mapping[str, Line]]
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that fails about a feature, "" for the hero metrics: `at` is the time of the figures that stand in."""

    name: str
    uuid: UUID
    application: str
    feature: str
    since: datetime
    at: datetime
    error: str


def overview(applications: Sequence[str], span: Span) -> Overview | None:
    """How these applications are doing; None when nothing was ever collected of them. Four queries."""
    newest = list(hero_points.newest(applications))
    features = list(standing_points(applications).filter(feature__active=True))
    if not newest and not features:
        return None
    until = max([*(point.at for point in newest), *(point.at for point in features)])
    found, made_of = _points(applications, span, until)
    series = _series(applications, span, until)
    slots = window(span, until, _first(found, series, span))
    lines = {
        name: {metric: _line(slots, found.get((span.every, name), {}), metric) for metric in METRICS}
        for name in applications
    }
    before = {
        name: {day: (figures, made_of[name, day]) for day, figures in found.get((Every.DAY, name), {}).items()}
        for name in applications
    }
    figures = [_figure(METRICS[name], newest, before, lines) for name in METRICS]
    collected = max([*(point.collected for point in newest), *(point.collected for point in features)])
    shown = [each for each in figures if each is not None]
    return Overview(until, collected, slots, shown, lines, _standings(features, slots, series))


def troubles(applications: Sequence[str]) -> list[Trouble]:
    """Sources that could not be asked when they were last tried, the longest failing first."""
    failing = last_readings.filter(
        failing_since__isnull=False, source__application__in=applications, source__active=True
    )
    rows = failing.order_by("failing_since", "pk").values(
        "feature",
        "at",
        "error",
        since=F("failing_since"),
        name=F("source__name"),
        uuid=F("source__uuid"),
        application=F("source__application"),
    )
    return [Trouble(**row) for row in rows[:MOST_TROUBLES]]


def _points(
    applications: Sequence[str], span: Span, until: date
) -> tuple[dict[tuple[str, str], ByDay], dict[tuple[str, date], Sources]]:
    """Figures by length of point and application, then by day: those of the span, and the days that growth needs. And
    by application and day, the sources that each figure was added up from.
    """
    wanted, since = Q(every=span.every, at__lte=until), earliest(span, until)
    if since:
        wanted &= Q(at__gte=since)
    recent = Q(every=Every.DAY, at__gt=until - 2 * timedelta(days=max(PERIODS.values())))
    rows = hero_points.filter(application__in=applications).filter(wanted | recent)
    found: dict[tuple[str, str], ByDay] = {}
    made_of: dict[tuple[str, date], Sources] = {}
    fields = ("every", "application", "at", "figures", "sources")
    for every, name, day, figures, sources in rows.values_list(*fields).order_by():
        found.setdefault((every, name), {})[day] = figures
        if every == Every.DAY:
            made_of[name, day] = sources
    return found, made_of


def _series(applications: Sequence[str], span: Span, until: date) -> dict[int, dict[date, float]]:
    """Contributions by feature, then by day, over the span; not those of the period before, which nobody shows."""
    rows = feature_points.filter(feature__application__in=applications, every=span.every, at__lte=until)
    if span.points:
        rows = rows.filter(at__gt=span.newest(until) - span.step * span.points)
    found: dict[int, dict[date, float]] = {}
    for feature, day, contributions in rows.values_list("feature_id", "at", "contributions").order_by():
        found.setdefault(feature, {})[day] = contributions
    return found


def _first(
    found: Mapping[tuple[str, str], ByDay], series: Mapping[int, Mapping[date, float]], span: Span
) -> date | None:
    heroes = [day for (every, _), by_day in found.items() if every == span.every for day in by_day]
    return min([*heroes, *(day for by_day in series.values() for day in by_day)], default=None)


def _standings(
    points: Sequence[FeaturePoint], slots: Window, series: Mapping[int, Mapping[date, float]]
) -> list[Standing]:
    in_order = sorted(points, key=lambda point: (-point.contributions, point.feature.name.casefold(), point.pk))
    return [
        Standing(point, Line([series.get(point.feature_id, {}).get(day) for day in slots.days], ()))
        for point in in_order
    ]


def _line(slots: Window, by_day: ByDay, metric: str) -> Line:
    known = {day: figures.get(metric) for day, figures in by_day.items()}
    return line(slots, known)


def _figure(
    metric: Metric,
    newest: Sequence[HeroPoint],
    before: Mapping[str, Before],
    lines: Mapping[str, Mapping[str, Line]],
) -> Figure | None:
    having = [point for point in newest if metric.name in point.figures]
    if not having:
        return None
    stale = [datetime.fromisoformat(point.stale[metric.name]) for point in having if metric.name in point.stale]
    total = sum(point.figures[metric.name] for point in having)
    grown = _growth(metric.name, having, before)
    whole = added([lines[point.application][metric.name] for point in having])
    return Figure(metric, total, grown, whole, min(stale, default=None))


def _growth(metric: str, newest: Sequence[HeroPoint], before: Mapping[str, Before]) -> dict[str, Growth | None]:
    """Of those applications that have both figures from the same sources, so that neither a new application nor a new
    source looks like growth.
    """
    pairs: dict[str, list[tuple[float, float]]] = {period: [] for period in PERIODS}
    for point in newest:
        by_day = before[point.application]
        for period, day in compared([*by_day], point.at).items():
            figures, sources = by_day[day] if day else ({}, {})
            if metric in figures and sources.get(metric) == point.sources.get(metric):
                pairs[period].append((point.figures[metric], figures[metric]))
    return {
        period: growth(sum(now for now, _ in both), sum(before for _, before in both)) if both else None
        for period, both in pairs.items()
    }
