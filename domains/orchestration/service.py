"""The tables of the engine. A change of a claimed run compares the epoch: a replaced worker changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Expression, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django_q.models import Schedule as QueueSchedule

from domains.base.service import ModelService
from domains.orchestration.models import Run, RunLog, Schedule, Step, Worker
from domains.orchestration.states import ACTIVE, CLAIMED, STUCK, Phase, RunState, StepState

LEASE = timedelta(seconds=60)
MAX_CLAIMS = 5
LOG_LINES = 1000
TICK = "vault.tick"


def from_now(delta: timedelta) -> Expression:
    """The database's clock plus `delta`: workers on several machines compare leases by one clock."""
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())


class RunService(ModelService[Run]):
    """Runs."""

    model = Run

    def active(self) -> QuerySet[Run]:
        """Queued and claimed runs."""
        return self.filter(state__in=ACTIVE)

    def active_with_key(self, key: str) -> Run | None:
        """The one active run of this key."""
        return self.active().filter(key=key).first() if key else None

    def waiting(self) -> QuerySet[Run]:
        """Queued runs, the one that is next first."""
        return self.filter(state=RunState.QUEUED).order_by("-priority", "id")

    def expired(self) -> QuerySet[Run]:
        """Claimed runs whose worker has stopped renewing the lease."""
        return self.filter(state__in=CLAIMED, lease_until__lt=Now())

    def unwoken(self, older_than: timedelta) -> QuerySet[Run]:
        """Queued runs that no worker has taken although they were announced longer ago than that."""
        return self.waiting().filter(Q(woken=None) | Q(woken__lt=from_now(-older_than)))

    def claim(self, run: Run, owner: str) -> bool:
        """Take the run for `owner` unless another has. The caller reads the row again."""
        free = Q(state=RunState.QUEUED) | Q(state__in=CLAIMED, lease_until__lt=Now())
        state = RunState.ROLLING_BACK if run.direction == Phase.BACK else RunState.RUNNING
        changed = self.filter(pk=run.pk, epoch=run.epoch, attempt__lt=MAX_CLAIMS).filter(free)
        return (
            changed.update(
                epoch=F("epoch") + 1,
                attempt=F("attempt") + 1,
                state=state,
                lease_owner=owner,
                lease_until=from_now(LEASE),
                started=Coalesce(F("started"), Now()),
            )
            == 1
        )

    def renew(self, pk: int, epoch: int) -> bool:
        """Extend the lease; False when the run is no longer ours."""
        return self.filter(pk=pk, epoch=epoch, state__in=CLAIMED).update(lease_until=from_now(LEASE)) == 1

    def advance(self, pk: int, *, epoch: int, at: int, values: Mapping[str, Any]) -> bool:
        """Change the run if it is still ours and its cursor is `at`; False when it is not."""
        return self.filter(pk=pk, epoch=epoch, cursor=at, state__in=CLAIMED).update(**values) == 1

    def hand_back(self, pk: int, epoch: int) -> bool:
        """Queue the run again without counting the claim."""
        values = {"state": RunState.QUEUED, "attempt": F("attempt") - 1, "lease_until": None, "lease_owner": ""}
        return self.filter(pk=pk, epoch=epoch, state__in=CLAIMED).update(**values) == 1

    def bury(self, error: dict[str, Any]) -> int:
        """Declare dead whatever has been claimed too often; the number of runs."""
        hopeless = self.filter(state__in=CLAIMED, lease_until__lt=Now(), attempt__gte=MAX_CLAIMS)
        return hopeless.update(state=RunState.DEAD, ended=Now(), error=error, lease_until=None, epoch=F("epoch") + 1)

    def cancel_queued(self, pk: int, error: dict[str, Any]) -> bool:
        """Cancel a run that no worker has ever taken; False when it is none."""
        fresh = self.filter(pk=pk, state=RunState.QUEUED, started=None)
        return fresh.update(state=RunState.CANCELLED, ended=Now(), error=error) == 1

    def request_cancel(self, pk: int) -> bool:
        """Ask the worker to stop at its next step; False when the run is not active."""
        return self.active().filter(pk=pk).update(cancel_requested=True) == 1

    def requeue(self, pk: int) -> bool:
        """Let a dead or blocked run go on where it stopped; False when it is neither."""
        stuck = self.filter(pk=pk, state__in=STUCK)
        return (
            stuck.update(
                state=RunState.QUEUED, attempt=0, ended=None, error=None, traceback="", woken=None, epoch=F("epoch") + 1
            )
            == 1
        )

    def is_cancel_requested(self, pk: int) -> bool:
        """The flag as it is now."""
        return self.filter(pk=pk, cancel_requested=True).exists()

    def mark_woken(self, pks: Iterable[int]) -> None:
        """Note that workers have been told of these runs."""
        self.filter(pk__in=list(pks)).update(woken=Now())


class StepService(ModelService[Step]):
    """Steps."""

    model = Step

    def begin(self, run_id: int, seq: int, phase: Phase, **values: Any) -> None:
        """Note that an external step is about to be called, once more if it was before."""
        again = self.filter(run_id=run_id, seq=seq, phase=phase)
        if not again.update(state=StepState.STARTED, attempt=F("attempt") + 1, started=values["started"]):
            self.create(run_id=run_id, seq=seq, phase=phase, state=StepState.STARTED, **values)

    def has_begun(self, run_id: int, seq: int) -> bool:
        """Whether an external step was begun and its outcome is not known."""
        return self.filter(run_id=run_id, seq=seq, phase=Phase.FORWARD, state=StepState.STARTED).exists()

    def withdraw(self, run_id: int, seq: int) -> None:
        """Forget that a step was about to be called."""
        self.bulk_delete(run_id=run_id, seq=seq, phase=Phase.FORWARD, state=StepState.STARTED)

    def finish(self, run_id: int, seq: int, phase: Phase, *, begun: bool, **values: Any) -> None:
        """Note the outcome, on the row made by `begin` if there is one."""
        row = self.filter(run_id=run_id, seq=seq, phase=phase)
        if not begun or not row.update(**{k: v for k, v in values.items() if k not in ("started", "attempt")}):
            self.create(run_id=run_id, seq=seq, phase=phase, **values)

    def of_run(self, run_id: int) -> QuerySet[Step]:
        """A run's steps in the order of their beginning."""
        return self.filter(run_id=run_id).order_by("id")

    def report(self, run_id: int, seq: int, progress: Mapping[str, Any]) -> None:
        """Store the progress of a step that has begun."""
        self.filter(run_id=run_id, seq=seq, phase=Phase.FORWARD).update(**progress)

    def has_failed_rollback(self, run_id: int) -> bool:
        """Whether any rollback of the run has failed for good."""
        return self.filter(run_id=run_id, phase=Phase.BACK, state=StepState.FAILED).exists()


class LogService(ModelService[RunLog]):
    """Log lines, at most LOG_LINES a run."""

    model = RunLog

    def room(self, run_id: int) -> int:
        """How many further lines the run may log."""
        return max(0, LOG_LINES - self.filter(run_id=run_id).count())


class ScheduleService(ModelService[Schedule]):
    """Schedules."""

    model = Schedule

    def due(self, now: datetime) -> QuerySet[Schedule]:
        """Those whose time has come, and those that have no time yet."""
        return self.filter(paused=False).filter(Q(next_run=None) | Q(next_run__lte=now))

    def ensure(self, name: str, **values: Any) -> None:
        """Create the schedule unless one of that name is there."""
        self.all().get_or_create(name=name, defaults=values)

    def take(self, schedule: Schedule, *, next_run: datetime) -> bool:
        """Move on to the next time unless another tick has; False when it has."""
        same = self.filter(pk=schedule.pk, next_run=schedule.next_run, paused=False)
        return same.update(next_run=next_run, last_slot=schedule.next_run, last_error="") == 1


class WorkerService(ModelService[Worker]):
    """Heartbeats of worker processes."""

    model = Worker

    def beat(self, host: str, pid: int, now: datetime) -> None:
        """Note that the process is alive."""
        if not self.filter(host=host, pid=pid).update(seen=now):
            self.create(host=host, pid=pid, started=now, seen=now)

    def prune(self, before: datetime) -> int:
        """Forget the processes not seen since then; their number."""
        return self.bulk_delete(seen__lt=before)


class TickService(ModelService[QueueSchedule]):
    """The one schedule of django-q2: the tick."""

    model = QueueSchedule

    def ensure(self) -> None:
        """Create the tick, or set it right."""
        values = {"func": "domains.orchestration.tasks.tick", "schedule_type": "I", "minutes": 1, "repeats": -1}
        if not self.filter(name=TICK).update(**values):
            self.create(name=TICK, **values)


runs = RunService()
steps = StepService()
logs = LogService()
schedules = ScheduleService()
workers = WorkerService()
ticks = TickService()
