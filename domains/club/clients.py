"""The door to where community figures come from: the kinds of sources, and how they ask."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.conf import settings

from domains.base.errors import ValidationFailed
from domains.base.outbound.client import Bounds, OutboundClient
from domains.club.models import Source
from domains.club.source_rules import specs_of
from domains.club.sources.asker import Counts, HttpAsker
from domains.club.sources.base import SourceKind, SourceReport, SourceSpec
from domains.club.sources.discourse import Discourse
from domains.club.sources.files import Files
from domains.club.sources.github import GitHubKind
from domains.club.sources.http_json import HttpJson
from domains.club.sources.keep import Keep, Kept, MemoryKeep
from domains.club.sources.pace import HostPace
from domains.extensions import registry
from domains.orchestration.secrets import Secret

__all__ = ["Counts", "HttpAsker", "Kept", "MemoryKeep", "Outside", "SourceReport", "kind_of", "kinds", "spec_of"]

BUILT_IN: list[type[SourceKind]] = [Discourse, GitHubKind, HttpJson, Files]


def kinds() -> dict[str, SourceKind]:
    """Every kind by its name: the built-in ones, then those of extensions as `extension.name`."""
    found = {kind.name: kind() for kind in BUILT_IN}
    for name, make in registry.community_sources().items():
        made = make()
        if not isinstance(made, SourceKind):
            raise ValidationFailed(f"The kind of source {name} of an extension cannot be read: it is no SourceKind.")
        found[name] = made
    return found


def kind_of(name: str) -> SourceKind:
    """The kind of this name. Raises ValidationFailed, such as when its extension is not installed any more."""
    known = kinds()
    if name not in known:
        raise ValidationFailed(f"There is no kind of source {name}: choose one of {', '.join(known)}.")
    return known[name]


def spec_of(row: Source) -> SourceSpec:
    """The source as its kind sees it, with its secret revealed. Raises ContextLost when that cannot be decrypted."""
    secret = Secret.of_token(row.secret).reveal() if row.secret else ""
    return SourceSpec(row.application, row.name, row.config, specs_of(row.features), secret)


class Outside:
    """Connections and paces that all parts of a collection share. Use it in an `async with`, in one event loop:

    async with Outside() as outside:
        ask = outside.asker(kind, keep=MemoryKeep(kept_answers.of_source(source.pk)))
        reading = await kind.read(ask, spec, feature)      # then ask.counts, keep.fresh
    """

    def __init__(self) -> None:
        self.time_s = float(settings.VAULT.CLUB_TIMEOUT_S)
        self.client = OutboundClient(settings.VAULT.outbound_networks, bounds=Bounds(total_s=self.time_s))
        self.paces: dict[tuple[str, str], HostPace] = {}

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.client.__aexit__(kind, error, at)

    def asker(self, kind: SourceKind, *, keep: Keep, say: Callable[[str], None] = lambda words: None) -> HttpAsker:
        """What one part asks with, from now on for CLUB_TIMEOUT_S seconds. `say` is told of long waits."""

        def pace_of(host: str) -> HostPace:
            return self.paces.setdefault((kind.name, host), HostPace(host, kind.rate, kind.burst))

        return HttpAsker(self.client, keep=keep, pace_of=pace_of, time_s=self.time_s, say=say)
