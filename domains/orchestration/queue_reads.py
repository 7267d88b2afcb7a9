"""Questions about workers and queues: who is there, what waits, what is under way, what has been done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncMinute
from django.utils import timezone

from domains.orchestration.models import Run
from domains.orchestration.plan import known_steps
from domains.orchestration.service import runs, workers
from domains.orchestration.states import CLAIMED, FAILED, Phase, Queue, RunState, WaitsFor

WORKER_SILENT_S = 20.0
"""Seconds after which a worker that beats every 5 s counts as gone."""
MAX_LEASED = 100


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker: `capacity` is how many runs it carries out at once, `processes` the numbers of those that do,
    `age` the seconds since it was last heard of.
    """

    host: str
    pid: int
    queues: Sequence[str]
    capacity: int
    processes: Sequence[int]
    restarts: int
    started: datetime
    seen: datetime
    age: float

    @property
    def name(self) -> str:
        """Its machine and its process."""
        return f"{self.host}:{self.pid}"

    @property
    def is_silent(self) -> bool:
        """Whether it counts as gone."""
        return self.age > WORKER_SILENT_S


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One queue: runs that wait for a worker, since when the oldest of those that nobody has begun (seconds, None
    without any), runs that workers have taken, those that wait for a step's next attempt, those that wait for children
    or for their turn, and the living workers that serve it.
    """

    name: str
    label: str
    depth: int
    oldest_s: float | None
    running: int
    retrying: int
    waiting: int
    workers: int


@dataclass(frozen=True, slots=True)
class Minute:
    """The runs that ended in the minute that begins at `at`, by how they ended."""

    at: datetime
    done: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class LeasedRun:
    """A run that a worker has taken, the step that it is at (from 1) and that step's title. `worker` is the name of the
    worker whose process `owner` names, "" when none says that it is its own.
    """

    run: Run
    owner: str
    worker: str
    number: int
    count: int
    title: str
    until: datetime | None
    is_expired: bool


def worker_list() -> list[WorkerView]:
    """Every worker that is remembered, the living ones first."""
    now = timezone.now()
    found = [
        WorkerView(
            host=row.host,
            pid=row.pid,
            queues=[name for name in row.queues.split(",") if name],
            capacity=row.capacity,
            processes=row.processes,
            restarts=row.restarts,
            started=row.started,
            seen=row.seen,
            age=(now - row.seen).total_seconds(),
        )
        for row in workers.all().order_by("host", "pid")
    ]
    return sorted(found, key=lambda worker: worker.is_silent)


def queue_figures() -> list[QueueFigures]:
    """Every queue, in the order in which workers take from them; in two queries."""
    fresh = Q(state=RunState.QUEUED, started=None)
    rows = runs.active().order_by().values("queue", "state", "waits_for")
    found = list(rows.annotate(count=Count("pk"), oldest=Min("created", filter=fresh)))
    alive = [worker for worker in worker_list() if not worker.is_silent]
    now = timezone.now()
    return [_figures(queue, [dict(row) for row in found if row["queue"] == queue], alive, now) for queue in Queue]


def throughput(minutes: int = 60) -> list[Minute]:
    """One entry a minute, oldest first, the current minute last; minutes without an end are there with zeros."""
    last = timezone.now().astimezone(UTC).replace(second=0, microsecond=0)
    first = last - timedelta(minutes=minutes - 1)
    rows = runs.filter(ended__gte=first).order_by().annotate(minute=TruncMinute("ended", tzinfo=UTC)).values("minute")
    counted = {
        row["minute"]: row
        for row in rows.annotate(
            done=Count("pk", filter=Q(state__in=(RunState.SUCCESS, RunState.EXITED))),
            failed=Count("pk", filter=Q(state__in=FAILED)),
            cancelled=Count("pk", filter=Q(state=RunState.CANCELLED)),
        )
    }
    empty = {"done": 0, "failed": 0, "cancelled": 0}
    found = []
    for at in (first + timedelta(minutes=step) for step in range(minutes)):
        row = counted.get(at, empty)
        found.append(Minute(at, row["done"], row["failed"], row["cancelled"]))
    return found


def leased_runs() -> list[LeasedRun]:
    """What workers are at now, the oldest claim first, at most 100."""
    now = timezone.now()
    found = runs.filter(state__in=CLAIMED).defer("context", "args", "result", "traceback").order_by("lease_owner", "pk")
    names = {(w.host[:60], pid): w.name for w in worker_list() for pid in w.processes}
    return [_leased(run, names, now) for run in found[:MAX_LEASED]]


def queue_depth() -> int:
    """Runs that wait for a worker."""
    return runs.waiting().count()


def live_worker_count() -> int:
    """Worker processes that have not fallen silent."""
    return workers.filter(seen__gt=timezone.now() - timedelta(seconds=WORKER_SILENT_S)).count()


def worker_heartbeat_age() -> float | None:
    """Seconds since a worker was last seen; None when there has never been one."""
    seen = workers.all().order_by("-seen").values_list("seen", flat=True).first()
    return None if seen is None else (timezone.now() - seen).total_seconds()


def is_worker_missing() -> bool:
    """Whether nobody is there to take what is queued."""
    return live_worker_count() == 0


def _figures(queue: Queue, rows: list[dict[str, object]], alive: list[WorkerView], now: datetime) -> QueueFigures:
    def count(states: Sequence[str], *waits_for: str) -> int:
        return sum(
            int(str(row["count"]))
            for row in rows
            if row["state"] in states and (not waits_for or row["waits_for"] in waits_for)
        )

    oldest = [row["oldest"] for row in rows if isinstance(row["oldest"], datetime)]
    return QueueFigures(
        name=queue.value,
        label=str(queue.label),
        depth=count([RunState.QUEUED]),
        oldest_s=(now - min(oldest)).total_seconds() if oldest else None,
        running=count(CLAIMED),
        retrying=count([RunState.WAITING], WaitsFor.RETRY),
        waiting=count([RunState.WAITING], WaitsFor.CHILDREN, WaitsFor.TURN),
        workers=sum(queue.value in worker.queues for worker in alive),
    )


def _leased(run: Run, names: Mapping[tuple[str, int], str], now: datetime) -> LeasedRun:
    plan = known_steps(run.plan)
    at = run.cursor if 0 <= run.cursor < len(plan) else None
    title = plan[at].title if at is not None else ""
    if run.direction == Phase.BACK:
        title = f"Undoing: {title}"
    number = (at or 0) + 1
    until = run.lease_until
    worker = names.get(_process(run.lease_owner), "")
    return LeasedRun(run, run.lease_owner, worker, number, len(plan), title, until, until is not None and until < now)


def _process(lease_owner: str) -> tuple[str, int]:
    """Machine and process of a lease's owner, "host:process:thread"."""
    host, _, rest = lease_owner.partition(":")
    pid = rest.partition(":")[0]
    return host, int(pid) if pid.isdecimal() else 0
