"""Who and what is most present, ranked and packed for storage. Pure.

Ranks are those of a competition: equal scores share a rank, and the next one is as much lower as they are many
(1, 2, 2, 4). Only scores above 0 are ranked.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ranked:
    """A member in a ranking; `member` is the primary key of its row."""

    member: int
    rank: int
    score: float
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RankedItem:
    """A thing in a ranking; `key` tells it apart within its feature."""

    key: str
    rank: int
    score: float
    title: str
    url: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def competition_ranks(scores: Sequence[float]) -> list[int]:
    """The rank of each of these scores, which come highest first."""
    ranks: list[int] = []
    for place, score in enumerate(scores):
        ranks.append(ranks[-1] if place and score == scores[place - 1] else place + 1)
    return ranks


def pack_ranking(rows: Iterable[Ranked]) -> bytes:
    """The ranking compressed, best first; equal bytes for equal rankings."""
    return _packed([[row.member, row.rank, row.score, row.figures] for row in rows])


def unpack_ranking(packed: bytes) -> list[Ranked]:
    """The reverse of `pack_ranking`."""
    return [Ranked(*row) for row in json.loads(gzip.decompress(packed))]


def pack_items(rows: Iterable[RankedItem]) -> bytes:
    """The things compressed, best first."""
    return _packed([[row.key, row.rank, row.score, row.title, row.url, row.figures] for row in rows])


def unpack_items(packed: bytes) -> list[RankedItem]:
    """The reverse of `pack_items`."""
    return [RankedItem(*row) for row in json.loads(gzip.decompress(packed))]


def _packed(rows: list[list[object]]) -> bytes:
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)
