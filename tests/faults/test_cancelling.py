"""A cancel at every point that a run passes: it turns back, or it is too late, and nothing is left half done."""

from __future__ import annotations

from typing import Any

import pytest

from domains.base.database import in_transaction
from domains.base.errors import Conflict
from domains.orchestration import orchestrator, points
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued, tick
from tests.faults import world
from tests.faults.invariants import check
from tests.faults.programs import Program
from tests.faults.service import Service
from tests.faults.steps import NAME

PLAIN: Program = [{"name": "a"}, {"name": "b", "kind": "external"}, {"name": "c"}]
FAILING: Program = [{"name": "a"}, {"name": "b", "kind": "external"}, {"name": "c"}, {"name": "d", "does": "raise"}]
FLAKY: Program = [
    {"name": "a", "fails": 1, "attempts": 9, "pause": 0.001},
    {"name": "b", "kind": "external", "fails": 1, "attempts": 9, "pause": 0.001, "rollback_self": True},
    {"name": "c"},
]
FAMILY: Program = [
    {"name": "a"},
    {"name": "b", "kind": "children", "children": [PLAIN, PLAIN, PLAIN], "limit": 2},
    {"name": "c"},
]

ENDS_AS_FAMILY: Program = FAMILY[:2]
ENDS_OUTSIDE: Program = PLAIN[:2]


class CancelAt:
    """Cancels the first run when the `nth` point outside of any transaction is reached."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.point = ""
        self.refused = False

    def __call__(self, point: str) -> None:
        if in_transaction():
            return
        self.left -= 1
        if self.left == 0:
            self.point = point
            self.refused = not cancel()


def cancel() -> bool:
    """Cancel the first run; False when it is too late."""
    try:
        orchestrator.cancel_run(Run.objects.order_by("pk")[0].uuid)
    except Conflict:
        return False
    return True


def cancelled_at(nth: int, program: Program) -> CancelAt:
    """Carry a run of the program out with a cancel at the nth point; `point` is "" when there are fewer."""
    world.clear_tables()
    Run.objects.all().delete()
    start(NAME, "program", program=program)
    at = CancelAt(nth)
    points.arm(at)
    try:
        run_queued()
        tick()
        run_queued()
    finally:
        points.arm(None)
    return at


PROGRAMS = {
    "plain": PLAIN,
    "failing": FAILING,
    "flaky": FLAKY,
    "family": FAMILY,
    "ends as family": ENDS_AS_FAMILY,
    "ends outside": ENDS_OUTSIDE,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.django_db(transaction=True)
def test_a_cancel_at_every_point_is_clean(service: Service, program: Program) -> None:
    seen: list[tuple[Any, ...]] = []
    for nth in range(1, 200):
        service.forget()
        at = cancelled_at(nth, program)
        assert check(service).broken == [], f"cancelled at the point {nth}, {at.point}"
        run = Run.objects.order_by("pk")[0]
        seen.append((at.point, run.state, at.refused))
        if not at.point:
            break
    assert seen[-1][0] == "", "there is no end of points"
    ends = {state for _, state, _ in seen}
    usual = "rolled_back" if program is FAILING else "success"
    assert ends == {"cancelled", usual}
    assert all(state == usual for _, state, refused in seen if refused)
    late = [point for point, state, refused in seen if state == usual and not refused and point]
    states = [state for _, state, _ in seen]
    assert states == sorted(states), "a later cancel was in time although an earlier one was too late"
    if program is not FAILING:
        assert len(late) <= 3, f"accepted, and yet it went on at {late}: only the last step may come first"


@pytest.mark.django_db(transaction=True)
def test_a_cancel_after_the_end_is_refused(service: Service) -> None:
    cancelled_at(1000, PLAIN)
    assert not cancel()
    assert Run.objects.get().state == "success"
