"""Asks real servers as a collection does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from domains.club.clients import HttpAsker, MemoryKeep, Outside, SourceReport, kind_of
from domains.club.readings import Reading
from domains.club.sources.base import FeatureSpec, SourceSpec

T = TypeVar("T")


def asking(
    action: Callable[[HttpAsker], Coroutine[Any, Any, T]],
    *,
    kind: str = "http",
    time_s: float = 5.0,
    keep: MemoryKeep | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> tuple[T, HttpAsker]:
    """What the action makes of an asker; with the asker, for its counts."""

    async def asked() -> tuple[T, HttpAsker]:
        async with Outside() as outside:
            outside.time_s = time_s
            asker = outside.asker(kind_of(kind), keep=keep or MemoryKeep(), say=say)
            return await action(asker), asker

    return asyncio.run(asked())


def spec_of(
    config: Mapping[str, Any], select: Mapping[str, Any] | None = None, *, secret: str = ""
) -> tuple[SourceSpec, FeatureSpec | None]:
    """A source, and its one feature if it has one."""
    features: Sequence[FeatureSpec] = [] if select is None else [FeatureSpec("feature", "Feature", select)]
    return SourceSpec("alpha", "The source", config, features, secret), features[0] if features else None


def read(
    kind: str,
    config: Mapping[str, Any],
    select: Mapping[str, Any] | None = None,
    *,
    secret: str = "",
    **options: Any,
) -> Reading:
    """What a source says; its configuration is checked before, as when it was saved."""
    source, feature = spec_of(config, select, secret=secret)
    assert kind_of(kind).check(source.config, source.features) == {}
    return asking(lambda ask: kind_of(kind).read(ask, source, feature), kind=kind, **options)[0]


def report(
    kind: str, config: Mapping[str, Any], select: Mapping[str, Any] | None = None, **options: Any
) -> SourceReport:
    """What a test of a source finds."""
    source, _ = spec_of(config, select, secret=options.pop("secret", ""))
    return asking(lambda ask: kind_of(kind).test(ask, source), kind=kind, **options)[0]
