"""What the steps of a run made of its context, key by key, in bounded pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards.audit.differences import Difference, differences
from domains.orchestration.reads import RunDetail, StepView

MOST_ITEMS = 30
MOST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class StepChanges:
    """A step and the keys that it set, old and new value side by side."""

    step: StepView
    changes: Sequence[Difference]


def context_changes(detail: RunDetail) -> list[StepChanges]:
    """The steps that have set something, in the order of the plan."""
    return [StepChanges(step, [_difference(c) for c in step.changes]) for step in detail.steps if step.changes]


def _difference(change: Any) -> Difference:
    before = {} if change.is_new else {change.key: bounded(change.old)}
    found = differences(before, {change.key: bounded(change.new)})[0]
    return replace(found, label=change.key)


def bounded(value: Any) -> Any:
    """The value with long texts, lists and objects cut, each with a word of how much is left out."""
    if isinstance(value, str):
        left = len(value) - MOST_TEXT
        return value if left <= 0 else f"{value[:MOST_TEXT]}… and {left:,} more characters"
    if isinstance(value, list):
        rest = len(value) - MOST_ITEMS
        items = [bounded(item) for item in value[:MOST_ITEMS]]
        return [*items, f"… and {rest:,} more"] if rest > 0 else items
    if isinstance(value, dict):
        rest = len(value) - MOST_ITEMS
        cut = {key: bounded(item) for key, item in list(value.items())[:MOST_ITEMS]}
        return {**cut, "…": f"and {rest:,} more"} if rest > 0 else cut
    return value
