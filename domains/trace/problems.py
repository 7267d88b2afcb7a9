"""What is wrong with single rows, without stopping an export. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST_TOLD = 100


class Problem(NamedTuple):
    """One thing that is wrong with a row: its kind, public id and name, and what is wrong in a sentence."""

    kind: str
    id: str
    name: str
    text: str


def told(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """The first of them, for the result of a run."""
    return [{**problem._asdict(), "name": problem.name[:200]} for problem in problems[:MOST_TOLD]]


def in_words(problems: Sequence[Problem]) -> str:
    """How many rows of which kind have problems: "12 problems with 10 features and 1 tier"; "" for none."""
    if not problems:
        return ""
    rows: Mapping[str, set[str]] = {problem.kind: set() for problem in problems}
    for problem in problems:
        rows[problem.kind].add(problem.id)
    parts = [f"{len(ids):,} {kind if len(ids) != 1 else kind[:-1]}" for kind, ids in sorted(rows.items())]
    return f"{len(problems):,} problem{'s' if len(problems) != 1 else ''} with {' and '.join(parts)}"
