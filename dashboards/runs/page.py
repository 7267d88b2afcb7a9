"""All that the page of a run shows, put together once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.audit.objects import action_words
from dashboards.runs.card import RunCard, run_card
from dashboards.runs.changes import StepChanges, context_changes
from dashboards.runs.deeds import Deed, deeds_for
from dashboards.runs.standing import Standing, standing
from dashboards.runs.timeline import Timeline, timeline
from dashboards.shell.states import state
from domains.audit.reads import events_of_run
from domains.orchestration import reads

SHOWN_LINES = 200
SHOWN_EVENTS = 100
SHOWN_CHANGES = 60
AGED_S = 30
"""How often the bars of a run grow while nothing else has changed."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """`family` is None for a run that has neither parent nor children; `etag` changes with whatever is shown."""

    card: RunCard
    standing: Standing
    deeds: Sequence[Deed]
    timeline: Timeline
    changes: Sequence[StepChanges]
    family: reads.Family | None
    etag: str

    @property
    def faults(self) -> bool:
        """Whether the run's error names fields and no step shows it."""
        detail = self.card.detail
        return bool((detail.run.error or {}).get("fields")) and not any(step.error for step in detail.steps)

    @property
    def kin(self) -> list[tuple[str, str, int]]:
        """How many children are in each state: the state, its word, the count."""
        counts = self.family.counts if self.family else {}
        order = [name for name, _ in reads.state_choices()]
        return [(name, state(name).word, counts[name]) for name in sorted(counts, key=order.index)]


def run_page(detail: reads.RunDetail, user: Any) -> RunPage:
    """The page of a run for one viewer."""
    run = detail.run
    card = run_card(detail)
    family = reads.run_family(run) if run.parent_id or detail.has_children else None
    ahead = reads.runs_ahead(run) if run.state == "queued" and not card.worker_missing else 0
    told = standing(detail, family, worker_missing=card.worker_missing, ahead=ahead, note=card.note)
    deeds = deeds_for(run, user)
    aged = int(time.time() / AGED_S) if detail.lease else 0
    shown = (
        card.etag,
        aged,
        told,
        [deed.name for deed in deeds],
        family and [(c.pk, c.state) for c in family.children],
    )
    etag = hashlib.sha256(repr(shown).encode()).hexdigest()[:24]
    return RunPage(card, told, deeds, timeline(detail), context_changes(detail), family, etag)


def context_of(page: RunPage) -> dict[str, Any]:
    """The context of `runs/_run.html`."""
    detail = page.card.detail
    return {
        "run": page.card,
        "page": page,
        "log": detail.log[-SHOWN_LINES:],
        "log_hidden": max(0, len(detail.log) - SHOWN_LINES),
        "changes": page.changes[:SHOWN_CHANGES],
        "events": [(action_words(e.action), e) for e in events_of_run(str(detail.run.uuid))[:SHOWN_EVENTS]],
    }
