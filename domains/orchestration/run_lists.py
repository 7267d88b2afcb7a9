"""Questions about many runs: lists, figures, and the family of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, DurationField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now

from domains.base.search import text_search
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.states import ACTIVE, FAILED, STUCK, RunState

SEARCHED = ("orchestrator", "method", "application", "actor_name", "key")
HEAVY = ("plan", "context", "args", "result", "traceback")
SHOWN_CHILDREN = 20
GROUPS = {
    "active": ("Active", ACTIVE),
    "waiting": ("Waiting", (RunState.QUEUED, RunState.WAITING)),
    "stuck": ("Stuck", STUCK),
    "failed": ("Failed", FAILED),
}
"""States that people look for together: their title and the states."""


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How many runs have not ended, child runs left out, and how many wait for somebody to resume them."""

    active: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Family:
    """The runs around one run. `children` are those that matter most, at most 20: stuck ones, failed ones, active ones,
    then the newest. `counts` holds how many children there are in each state.
    """

    parent: Run | None
    children: Sequence[Run]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """How many children there are."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """How many of them have ended for good."""
        return sum(count for state, count in self.counts.items() if state not in ACTIVE and state not in STUCK)

    @property
    def stuck(self) -> Run | None:
        """A child that somebody must mend before this run can go on."""
        return next((child for child in self.children if child.is_stuck), None)


def run_list() -> QuerySet[Run]:
    """Every run, newest first, unevaluated, without the large columns, with its parent; `elapsed` is its duration so
    far.
    """
    elapsed = ExpressionWrapper(Coalesce("ended", Now()) - F("started"), output_field=DurationField())
    heavy = (*HEAVY, *(f"parent__{name}" for name in HEAVY))
    return runs.all().select_related("parent").defer(*heavy).annotate(elapsed=elapsed)


def without_children(found: QuerySet[Run]) -> QuerySet[Run]:
    """Those that were started for themselves, and the child runs that wait for somebody to resume them.

    Asked as what is left out: for "either … or" SQLite collects nearly every run by two indexes and sorts them.
    """
    return found.exclude(Q(parent__isnull=False) & ~Q(state__in=STUCK))


def of_group(found: QuerySet[Run], group: str) -> QuerySet[Run]:
    """Those in one of the states of a group, see `group_choices`."""
    return found.filter(state__in=GROUPS[group][1])


def group_choices() -> list[tuple[str, str]]:
    """The groups of states with their titles."""
    return [(name, title) for name, (title, _) in GROUPS.items()]


def run_search(found: QuerySet[Run], text: str) -> QuerySet[Run]:
    """Those in whose name, application or actor every word stands, or the one of that uuid."""
    uuid = as_uuid(text)
    return found.filter(uuid=uuid) if uuid else text_search(found, SEARCHED, text.replace(".", " "))


def as_uuid(text: str) -> UUID | None:
    """The uuid that the text is, in either form; None when it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def run_counts() -> RunCounts:
    """The figures of the navigation, in one query."""
    active = Count("pk", filter=Q(state__in=ACTIVE, parent=None))
    counted = runs.filter(state__in=(*ACTIVE, *STUCK)).aggregate(active=active, stuck=Count("pk", Q(state__in=STUCK)))
    return RunCounts(**counted)


def active_count() -> int:
    """Runs that have not ended, child runs included."""
    return runs.active().count()


def failed_count(since: datetime) -> int:
    """Runs that have failed since then, and for good."""
    return runs.filter(state__in=FAILED, ended__gte=since).count()


def failed_states() -> list[str]:
    """The states that `failed_count` counts."""
    return [str(state) for state in FAILED]


def active_states() -> list[str]:
    """The states that `active_count` counts."""
    return [str(state) for state in ACTIVE]


def latest_run(orchestrator: str, method: str, application: str = "") -> Run | None:
    """The newest run of that name, of that application unless it is empty."""
    found = runs.filter(orchestrator=orchestrator, method=method)
    return (found.filter(application=application) if application else found).first()


def runs_ahead(run: Run) -> int:
    """How many queued runs of its queue are taken before this queued one."""
    first = Q(priority__gt=run.priority) | Q(priority=run.priority, pk__lt=run.pk)
    return runs.filter(state=RunState.QUEUED, queue=run.queue).filter(first).count()


def run_family(run: Run) -> Family:
    """The parent and the children of a run, in two queries, three where it has a parent."""
    counts = runs.filter(parent=run).order_by().values_list("state").annotate(Count("pk"))
    ranks = [When(state__in=states, then=Value(rank)) for rank, states in enumerate((STUCK, FAILED, ACTIVE)) if states]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    children = runs.filter(parent=run).defer(*HEAVY).annotate(rank=rank).order_by("rank", "-pk")[:SHOWN_CHILDREN]
    parent = runs.all().defer(*HEAVY).get(pk=run.parent_id) if run.parent_id else None
    return Family(parent, list(children), dict(counts))
