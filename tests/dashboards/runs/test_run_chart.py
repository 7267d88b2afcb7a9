"""The chart of a run's steps: bars, scale, attempts, rollbacks and pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboards.runs.timeline import Bar, ticks, timeline
from domains.orchestration import reads
from domains.orchestration.models import Run
from tests.dashboards.runs.rows import ERROR, make, step

pytestmark = pytest.mark.django_db


def bars(run: Run) -> list[list[Bar]]:
    """The bars of each step."""
    return [list(row.bars) for row in timeline(reads.run_detail(run.uuid)).rows]


def ended(**values: Any) -> Run:
    """A run that took 100 s."""
    run = make("success", **values)
    assert run.started
    Run.objects.filter(pk=run.pk).update(ended=run.started + timedelta(seconds=100))
    return run


def test_steps_stand_on_one_scale() -> None:
    run = ended()
    step(run, 0, since=0, until=20)
    step(run, 1, since=20, until=100)
    (first,), (second,), third = bars(run)
    assert (first.x, first.width, first.kind) == (0.0, 20.0, "done")
    assert (second.x, second.width) == (20.0, 80.0)
    assert second.words == "done from 20 s on for 1 min 20 s"
    assert third == []


def test_a_rollback_has_a_bar_of_its_own() -> None:
    run = ended(direction="back")
    step(run, 0, since=0, until=20)
    step(run, 0, phase="back", since=60, until=70)
    step(run, 1, "failed", since=20, until=30, error=ERROR)
    assert [[bar.kind for bar in row] for row in bars(run)] == [["done", "undone"], ["failed"], []]
    assert bars(run)[0][1].x == 60.0


def test_earlier_attempts_and_the_pause_before_the_next_are_seen() -> None:
    run = make("waiting", cursor=1, waits_for="retry", retry_at=timezone.now() + timedelta(minutes=1))
    step(run, 0, since=0, until=10)
    step(run, 1, "retrying", since=60, until=None, attempt=3, error=ERROR)
    assert [bar.kind for bar in bars(run)[1]] == ["earlier", "failed", "wait"]


def test_a_step_that_waits_for_its_children_is_a_pause() -> None:
    run = make("waiting", "db", "children", cursor=1, waits_for="children", pending_children=2)
    step(run, 0, since=0, until=10)
    step(run, 1, "started", since=10, until=None, kind="children")
    assert [bar.kind for bar in bars(run)[1]] == ["wait"]
    assert reads.run_detail(run.uuid).steps[1].state == "children"


def test_a_short_step_of_a_long_run_can_still_be_seen() -> None:
    run = ended()
    step(run, 0, since=99.999, until=100)
    (bar,) = bars(run)[0]
    assert bar.width >= 0.5
    assert bar.x + bar.width <= 100.0


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.0004, ["0"]),
        (0.01, ["0", "2 ms", "4 ms", "6 ms", "8 ms", "10 ms"]),
        (1.0, ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1.0 s"]),
        (100.0, ["0", "30 s", "1 min", "1 min 30 s"]),
        (9 * 86_400.0, ["0", "2 d", "4 d", "6 d", "8 d"]),
    ],
)
def test_the_scale_has_few_round_marks(seconds: float, labels: list[str]) -> None:
    assert [tick.label for tick in ticks(seconds)] == labels


def test_the_page_draws_the_chart_with_its_scale_and_says_it_in_words(staff_client: Client) -> None:
    run = ended()
    step(run, 0, since=0, until=20)
    page = staff_client.get(f"/runs/{run.uuid}/").content.decode()
    assert 'aria-label="done from 0 ms on for 20 s"' in page
    assert 'aria-label="Scale: 0, 30 s, 1 min, 1 min 30 s"' in page
    assert "style=" not in page
    assert "1 of 5" in page
