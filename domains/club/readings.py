"""What a source says about one part: the hero metrics of an application, or one feature. Pure."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Presence:
    """How present a member is. `key` tells the account apart within the source, `score` is what members are ranked by:
    contributions in the source's window; `figures` are what it is made of.
    """

    key: str
    name: str
    score: float
    figures: Mapping[str, float] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """How present a thing is that members gather around: a topic, an issue, a discussion. As of `Presence`."""

    key: str
    title: str
    score: float
    figures: Mapping[str, float] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All of one part. `hero` holds figures by name of the metric, those that the source has; `notes` say in plain
    sentences what was cut or skipped.
    """

    hero: Mapping[str, float] = field(default_factory=dict)
    members: Sequence[Presence] = ()
    items: Sequence[Item] = ()
    notes: Sequence[str] = ()

    @property
    def rows(self) -> int:
        """How many figures, members and items it has."""
        return len(self.hero) + len(self.members) + len(self.items)


def pack(reading: Reading) -> bytes:
    """The reading compressed; equal bytes for equal readings."""
    whole = {"hero": reading.hero, "members": _values(reading.members), "items": _values(reading.items)}
    text = json.dumps(
        whole | {"notes": list(reading.notes)},
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
        allow_nan=False,
    )
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def _values(rows: Iterable[Presence] | Iterable[Item]) -> list[dict[str, Any]]:
    """As `dataclasses.asdict`, which copies all that is in them and takes fifty times as long."""
    return [{name: getattr(row, name) for name in row.__dataclass_fields__} for row in rows]


def unpack(packed: bytes) -> Reading:
    """The reverse of `pack`."""
    stored = json.loads(gzip.decompress(packed))
    members = [Presence(**each) for each in stored["members"]]
    return Reading(stored["hero"], members, [Item(**each) for each in stored["items"]], stored["notes"])
