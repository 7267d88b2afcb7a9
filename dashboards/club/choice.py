"""What a page of figures is asked to show: application, span and metric, all in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.http import urlencode

from domains.applications import reads as applications
from domains.applications.reads import ApplicationInfo
from domains.club import reads
from domains.club.reads import Span


@dataclass(frozen=True, slots=True)
class Choice:
    """`application` is None for all of them. What an address asks for in vain is what is usual."""

    path: str
    applications: Sequence[ApplicationInfo]
    application: ApplicationInfo | None
    span: Span
    metric: str

    @property
    def slugs(self) -> list[str]:
        """The applications that are shown."""
        return [self.application.slug] if self.application else [info.slug for info in self.applications]

    @property
    def titles(self) -> Mapping[str, str]:
        """Names of the applications by their slugs."""
        return {info.slug: info.name for info in self.applications}

    def url(self, **changes: str) -> str:
        """The page with other choices."""
        usual = {"app": "", "range": reads.USUAL.name, "metric": ""}
        now = {"app": self.application.slug if self.application else "", "range": self.span.name, "metric": self.metric}
        wanted = {name: value for name, value in (now | changes).items() if value and value != usual.get(name)}
        return f"{self.path}?{urlencode(wanted)}" if wanted else self.path

    @property
    def spans(self) -> list[tuple[Span, str]]:
        """The spans with the page over each."""
        return [(span, self.url(range=span.name)) for span in reads.SPANS.values()]


def choice_of(request: HttpRequest) -> Choice:
    """What the address asks for."""
    infos = applications.application_list(active_only=True)
    asked: Any = request.GET
    return Choice(
        request.path,
        infos,
        next((info for info in infos if info.slug == asked.get("app")), None),
        reads.SPANS.get(asked.get("range", ""), reads.USUAL),
        asked.get("metric", ""),
    )
