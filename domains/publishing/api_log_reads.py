"""Questions about who read the public JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, FloatField, Max, QuerySet, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from domains.publishing.models import APILog
from domains.publishing.service import api_log

MINUTE, HOUR, DAY = 60, 3600, 86400
EDGES_MS = (1, 10, 100, 1000)
SUMS = {name: Sum(name) for name in ("requests", "seconds", "ms1", "ms10", "ms100", "ms1000")}
SHARE = 0.95


@dataclass(frozen=True, slots=True)
class LogWindow:
    """A span of time until now: `every` is the length of the buckets it is made of, `slot` that of a chart's points."""

    name: str
    title: str
    every: int
    slot: int
    span: int

    def bounds(self) -> tuple[datetime, datetime]:
        """From when until when, on the borders of slots; the slot that is under way is the last one."""
        end = (int(timezone.now().timestamp()) // self.slot + 1) * self.slot
        return datetime.fromtimestamp(end - self.span, UTC), datetime.fromtimestamp(end, UTC)


WINDOWS = (
    LogWindow("hour", "Last hour", MINUTE, MINUTE, HOUR),
    LogWindow("day", "24 hours", MINUTE, 10 * MINUTE, DAY),
    LogWindow("month", "30 days", HOUR, HOUR, 30 * DAY),
)


@dataclass(slots=True)
class Use:
    """Figures of some requests; `within` counts those that took at most each of EDGES_MS."""

    requests: int = 0
    unchanged: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    within: list[int] = field(default_factory=lambda: [0] * len(EDGES_MS))

    def add(self, row: Mapping[str, Any]) -> None:
        """Count the requests of a row of sums."""
        count, status = row["requests"], row["status"]
        self.requests += count
        self.unchanged += count if status == 304 else 0
        self.refused += count if 400 <= status < 500 else 0
        self.failed += count if status >= 500 else 0
        self.seconds += row["seconds"]
        self.slowest = max(self.slowest, row["most"])
        self.within = [mine + row[f"ms{edge}"] for mine, edge in zip(self.within, EDGES_MS, strict=True)]

    @property
    def mean_ms(self) -> float | None:
        """Milliseconds that a request took on average; None without any."""
        return 1000 * self.seconds / self.requests if self.requests else None

    @property
    def slowest_ms(self) -> float | None:
        """Milliseconds of the slowest request; None without any."""
        return 1000 * self.slowest if self.requests else None

    @property
    def usual_ms(self) -> float | None:
        """Milliseconds under which 95 % of the requests stayed: an edge, or the slowest below it; None without any."""
        if not self.requests:
            return None
        bounds = (edge for edge, count in zip(EDGES_MS, self.within, strict=True) if count >= SHARE * self.requests)
        return min(next(bounds, 1000 * self.slowest), 1000 * self.slowest)


@dataclass(frozen=True, slots=True)
class EndpointUse:
    """How one endpoint of a service was used, for one application or ("") for all rows."""

    service: str
    endpoint: str
    application: str
    use: Use


def log_window(name: str) -> LogWindow:
    """The window of this name, the last hour for any other."""
    return next((window for window in WINDOWS if window.name == name), WINDOWS[0])


def log_list(window: LogWindow) -> QuerySet[APILog]:
    """The buckets of a window with `mean`, in seconds, newest first, unevaluated."""
    rows = api_log.between(window.every, *window.bounds())
    return rows.annotate(mean=Cast(F("seconds"), FloatField()) / F("requests")).order_by("-at", "id")


def log_choices(column: str) -> list[tuple[str, str]]:
    """What stands in a column of the log, in the last month."""
    start, end = WINDOWS[-1].bounds()
    found = api_log.between(HOUR, start, end).order_by(column).values_list(column, flat=True).distinct()
    return [(str(value), str(value)) for value in found if value != ""]


def log_slots(window: LogWindow, **only: str) -> tuple[list[int], list[Use]]:
    """Start of each slot in Unix seconds and what was asked in it, oldest first; of all requests, or only of those
    whose `service` or `application` is this.
    """
    start, end = window.bounds()
    times = list(range(int(start.timestamp()), int(end.timestamp()), window.slot))
    uses = [Use() for _ in times]
    for row in _sums(_rows(window, only), "at"):
        uses[(int(row["at"].timestamp()) - times[0]) // window.slot].add(row)
    return times, uses


def log_endpoints(window: LogWindow, **only: str) -> Sequence[EndpointUse]:
    """How each endpoint of each service and application was used, the most used first; narrowed as `log_slots` is."""
    found: dict[tuple[str, str, str], Use] = {}
    for row in _sums(_rows(window, only), "service", "endpoint", "application"):
        found.setdefault((row["service"], row["endpoint"], row["application"]), Use()).add(row)
    uses = [EndpointUse(*names, use) for names, use in found.items()]
    return sorted(uses, key=lambda row: (-row.use.requests, row.service, row.endpoint, row.application))


def _rows(window: LogWindow, only: Mapping[str, str]) -> QuerySet[APILog]:
    return api_log.between(window.every, *window.bounds()).filter(**only)


def _sums(rows: QuerySet[APILog], *columns: str) -> QuerySet[APILog, dict[str, Any]]:
    found: QuerySet[APILog, dict[str, Any]] = (
        rows.order_by().values(*columns, "status").annotate(**SUMS, most=Max("slowest"))
    )
    return found
