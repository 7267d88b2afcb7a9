"""The list of runs without child runs."""

from __future__ import annotations

import pytest

from domains.orchestration import reads
from domains.orchestration.models import Run

pytestmark = pytest.mark.django_db


def test_child_runs_are_left_out_but_for_stuck_ones_and_nothing_is_sorted_for_that() -> None:
    values = {"orchestrator": "drill", "method": "program", "plan": {"steps": [], "schema": {}}}
    parent = Run.objects.create(**values)
    made = [Run.objects.create(**values, parent=parent, state=state) for state in ("success", "dead", "blocked")]
    found = reads.without_children(reads.run_list())
    assert "TEMP B-TREE" not in found[:50].explain()
    assert list(found) == [made[2], made[1], parent]
