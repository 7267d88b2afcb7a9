"""Questions about sources: what is configured, and how they fare. None of the answers holds a secret."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, CharField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from domains.base.search import text_search
from domains.club import clients
from domains.club.models import LastReading, Part, Source
from domains.club.models.collections import PartState
from domains.club.service import last_readings, parts, sources
from domains.club.sources.base import ConfigField, FeatureSpec, SourceKind

SOURCE_TYPE = "club.source"
"""What events call a source."""
STANDINGS = {
    "working": "Working",
    "failing": "Failing",
    "new": "Never read",
    "inactive": "Inactive",
}
MOST_PARTS = 10
MOST_FAILED = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What the last test of a source has found, see `SourceReport`."""

    ok: bool
    message: str
    clicks: Sequence[str]
    found: Sequence[FeatureSpec]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FeatureState:
    """A feature that a source is asked about, and what it last said; None before the first time. `in_vain` holds the
    parts that were asked in vain, the oldest first, of one about which nothing was ever said.
    """

    slug: str
    name: str
    select: Sequence[tuple[str, str]]
    reading: LastReading | None
    in_vain: Sequence[Part]

    @property
    def standing(self) -> str:
        """One of STANDINGS."""
        if self.reading is None:
            return "failing" if self.in_vain else "new"
        return "failing" if self.reading.failing_since else "working"

    @property
    def failing_since(self) -> datetime | None:
        """Since when it fails; None while it does not."""
        if self.reading is None:
            return self.in_vain[0].ended if self.in_vain else None
        return self.reading.failing_since

    @property
    def error(self) -> str:
        """Why it fails; "" while it does not."""
        if self.reading is None:
            return self.in_vain[-1].error if self.in_vain else ""
        return self.reading.error


@dataclass(frozen=True, slots=True)
class SourceDetail:
    """A source with all that its page shows. `kind` is None when the extension that brings it is not installed.

    `settings` are labels and values; `features` begins with the hero metrics, under the slug "", where the source says
    anything about them. `missing` are features of the report that the source is not asked about.
    """

    source: Source
    kind: SourceKind | None
    settings: Sequence[tuple[str, str]]
    features: Sequence[FeatureState]
    report: Report | None
    missing: Sequence[FeatureSpec]


def source_list() -> QuerySet[Source]:
    """Every source, unevaluated, without its secret.

    `last_read` is when it last answered, `failing_since` since when some part of it has not, or all of one that never
    has, `standing` one of STANDINGS, and `has_secret` whether one is stored.
    """
    readings = last_readings.filter(source=OuterRef("pk")).order_by()
    failing = readings.filter(failing_since__isnull=False).order_by("failing_since")
    in_vain = parts.filter(source=OuterRef("pk"), state=PartState.STALE).order_by("id")
    never = Case(When(last_read__isnull=True, then=Subquery(in_vain.values("ended")[:1])))
    standing = Case(
        When(active=False, then=Value("inactive")),
        When(failing_since__isnull=False, then=Value("failing")),
        When(last_read__isnull=False, then=Value("working")),
        default=Value("new"),
        output_field=CharField(),
    )
    return (
        sources.all()
        .defer("secret")
        .annotate(
            last_read=Subquery(readings.order_by("-at").values("at")[:1]),
            has_secret=Case(When(secret="", then=Value(False)), default=Value(True), output_field=BooleanField()),
        )
        .annotate(failing_since=Coalesce(Subquery(failing.values("failing_since")[:1]), never))
        .annotate(standing=standing)
    )


def source_get(uuid: UUID | str) -> Any:
    """One source as in the list. Raises NotFound."""
    return source_list().filter(uuid=uuid).first() or sources.get(uuid=uuid)


def is_source(uuid: str) -> bool:
    """Whether there is a source of this uuid."""
    return sources.filter(uuid=uuid).exists()


def source_search(text: str, most: int) -> Sequence[Source]:
    """The first sources in whose name or application every word stands."""
    return list(text_search(sources.all().defer("secret", "report"), ("name", "application", "kind"), text)[:most])


def source_detail(uuid: UUID | str) -> SourceDetail:
    """One source with its features and its last report. Raises NotFound."""
    source = source_get(uuid)
    kind = find_kind(source.kind)
    report = report_of(source)
    known = {feature["slug"] for feature in source.features}
    missing = [found for found in report.found if found.slug not in known] if report else []
    return SourceDetail(source, kind, _settings(source, kind), _features(source, kind), report, missing)


def also_asked(source: Source) -> dict[str, list[str]]:
    """Names of the application's other sources, by the slugs of features that they are asked about: their scores and
    those of this source would be added up.
    """
    found: dict[str, list[str]] = {}
    others = sources.filter(application=source.application).exclude(pk=source.pk).order_by("name")
    for name, features in others.values_list("name", "features"):
        for feature in features:
            found.setdefault(feature["slug"], []).append(name)
    return found


def report_of(source: Source) -> Report | None:
    """What the last test has found; None before the first."""
    stored = source.report
    if not stored:
        return None
    found = [FeatureSpec(each["slug"], each["name"], each.get("select") or {}) for each in stored.get("found") or []]
    at = stored.get("at")
    moment = datetime.fromisoformat(at) if at else None
    return Report(bool(stored.get("ok")), stored.get("message", ""), stored.get("clicks") or [], found, moment)


def find_kind(name: str) -> SourceKind | None:
    """The kind of that name; None when the extension that brings it is not installed."""
    return kinds().get(name)


def kinds() -> Mapping[str, SourceKind]:
    """Every kind of source of this installation by name."""
    return clients.kinds()


def kind_choices() -> list[tuple[str, str]]:
    """Name and title of every kind."""
    return [(name, kind.title) for name, kind in kinds().items()]


def kind_title(name: str) -> str:
    """The title of a kind; its name where the extension that brings it is not installed."""
    kind = find_kind(name)
    return kind.title if kind else name


def standing_choices() -> list[tuple[str, str]]:
    """How sources may stand, with words."""
    return list(STANDINGS.items())


def parts_of_source(source: Source) -> QuerySet[Part]:
    """The newest parts that were asked of a source, bounded."""
    return parts.filter(source=source).select_related("collection").defer("reading").order_by("-id")[:MOST_PARTS]


def shown_value(entry: ConfigField, value: Any) -> str:
    """A value of a configuration in words; "" for none."""
    if value is None or value == "" or value == []:
        return ""
    if entry.type == "flag":
        return "yes" if value else "no"
    if entry.type == "choice":
        return dict(entry.choices).get(value, str(value))
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _settings(source: Source, kind: SourceKind | None) -> list[tuple[str, str]]:
    if kind is None:
        return [(name, shown_value(ConfigField(name, name), value)) for name, value in source.config.items()]
    usual = {entry.name: entry.default for entry in kind.fields}
    return _shown(kind.fields, usual | source.config)


def _shown(entries: Sequence[ConfigField], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = [(entry.label, shown_value(entry, values.get(entry.name))) for entry in entries]
    return [(label, value) for label, value in said if value]


def _features(source: Source, kind: SourceKind | None) -> list[FeatureState]:
    readings = {row.feature: row for row in last_readings.filter(source=source).defer("reading")}
    in_vain = defaultdict[str, list[Part]](list)
    for part in _failed(source, readings):
        in_vain[part.feature].append(part)
    entries = kind.select_fields if kind else ()
    has_hero = kind.has_hero(source.config) if kind else "" in readings
    hero = [{"slug": "", "name": "Hero metrics"}] if has_hero else []
    return [
        FeatureState(
            slug=each["slug"],
            name=each["name"],
            select=_shown(entries, each.get("select") or {}),
            reading=readings.get(each["slug"]),
            in_vain=in_vain[each["slug"]],
        )
        for each in (*hero, *source.features)
    ]


def _failed(source: Source, known: Mapping[str, LastReading]) -> list[Part]:
    """The parts that were asked in vain about features that the source has never said anything about, oldest first."""
    found = parts.filter(source=source, state=PartState.STALE).exclude(feature__in=known)
    return list(found.defer("reading").order_by("-id")[:MOST_FAILED])[::-1]
