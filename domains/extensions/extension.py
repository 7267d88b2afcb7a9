"""VaultExtension: what a domain, or a package from outside, adds to Vault, in one visible place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from domains.extensions.front import Front

Row = Mapping[str, Any]
RowFilter = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one health check: `message` is a plain sentence, `unit` that of `value`, such as "ms"."""

    status: Literal["pass", "warn", "fail"]
    message: str
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A named check. `critical` ones make /readyz fail; the others only warn. `run` takes less than a second."""

    name: str
    run: Callable[[], CheckResult]
    critical: bool = False
    component: str = "system"


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A schedule that exists from the first start: `cron` in UTC starts `orchestrator.method` with `args`."""

    name: str
    cron: str
    orchestrator: str
    method: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the published data of one application is. `published` is an aware datetime, None for never; `kind` is
    what its `items` are called, in the plural; `title` is the application's name for people.
    """

    application: str
    kind: str
    published: Any
    items: int
    href: str
    title: str = ""


class VaultExtension:
    """Derive, name it, and answer with what is added. Every answer is optional."""

    name: ClassVar[str]

    def health_checks(self) -> Sequence[HealthCheck]:
        """Checks shown on the health page and in the probes."""
        return ()

    def row_filters(self) -> Mapping[str, RowFilter]:
        """Named Python predicates that an application's filters may refer to as {"function": name}."""
        return {}

    def schedules(self) -> Sequence[ScheduleSpec]:
        """Schedules created at migration when they do not exist."""
        return ()

    def freshness(self) -> Sequence[Freshness]:
        """Age of the data that each application publishes, for Home."""
        return ()

    def sources(self) -> Mapping[str, Callable[[], Any]]:
        """Named sources that Trace may export from: each makes a `domains.trace.sources.base.CopiedSource`."""
        return {}

    def community_sources(self) -> Mapping[str, Callable[[], Any]]:
        """Named kinds of sources that Club may collect from: each makes a `domains.club.sources.base.SourceKind`."""
        return {}

    def fronts(self) -> Sequence[Front]:
        """What answers in front of Django below a prefix of addresses."""
        return ()

    def load_demo(self) -> None:
        """Put demo data in place. Called more than once; must change nothing that is already there."""
