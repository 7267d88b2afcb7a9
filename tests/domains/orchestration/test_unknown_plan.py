"""Plans that another version of the code has stored: the run is blocked, and its page and its answer still show it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from domains.orchestration.carry_out import carry_out
from domains.orchestration.exceptions import PlanMismatch
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import resume_run
from domains.orchestration.plan import Plan
from domains.orchestration.queue_reads import leased_runs
from domains.orchestration.service import runs
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import BAD, ONE, begin, child_states, family_registered, parent_run

pytestmark = pytest.mark.django_db
SENTENCE = "The run's plan is in a format that this version of Vault does not know. Deploy one that does, then resume."


def changed(plan: dict[str, Any], how: str) -> Any:
    """The plan as some other version might have stored it."""
    first, *others = plan["steps"]
    return {
        "no steps": {"schema": {}},
        "no object": [1, 2],
        "steps of another kind": plan | {"steps": "none"},
        "a step without a function": plan | {"steps": [{"title": "x"}, *others]},
        "a step with more": plan | {"steps": [first | {"colour": "red"}, *others]},
        "another retry": plan | {"steps": [first | {"retry": {"times": 3}}, *others]},
        "another frame": plan | {"frames": [["name"]]},
        "no schema": {"steps": plan["steps"]},
    }[how]


HOWS = (
    "no steps",
    "no object",
    "steps of another kind",
    "a step without a function",
    "a step with more",
    "another retry",
    "another frame",
    "no schema",
)


@pytest.mark.parametrize("how", HOWS)
def test_a_run_whose_plan_is_not_understood_is_blocked_and_goes_on_with_code_that_does(how: str) -> None:
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    run = Run.objects.get()
    good = run.plan
    Run.objects.update(plan=changed(good, how), context={"seen": ["before"]})
    assert carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.lease_until, run.context) == ("blocked", None, {"seen": ["before"]})
    assert run.error == {"code": "orchestration_error", "message": SENTENCE, "retryable": False}
    assert effects() == []
    Run.objects.update(plan=good)
    resume_run(run.uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("success", ["a", "b"])


@pytest.mark.parametrize("how", HOWS)
def test_a_plan_that_is_not_understood_says_so(how: str) -> None:
    start("drill", "program", program=[{"name": "a"}])
    with pytest.raises(PlanMismatch, match="format that this version of Vault does not know"):
        Plan.from_json(changed(Run.objects.get().plan, how))


@pytest.mark.parametrize("path", ["/api/runs/{}/", "/runs/{}/"])
def test_a_run_whose_plan_is_not_understood_can_be_looked_at(admin_client: Client, path: str) -> None:
    start("drill", "program", program=[{"name": "a"}])
    run = Run.objects.get()
    Run.objects.update(plan={"version": 9})
    carry_out(run.pk)
    answer = admin_client.get(path.format(run.uuid))
    assert answer.status_code == 200
    assert "does not know" in answer.content.decode()


def test_a_run_of_another_version_is_listed_among_those_under_way() -> None:
    start("drill", "program", program=[{"name": "a"}])
    assert runs.claim(Run.objects.get(), "a worker of another version")
    Run.objects.update(plan={"version": 9})
    assert [(leased.owner, leased.title) for leased in leased_runs()] == [("a worker of another version", "")]


def test_a_failed_child_of_a_parent_whose_plan_is_not_understood_ends_and_leaves_the_parent_blocked() -> None:
    with family_registered():
        parent = begin(children=[BAD, ONE])
        Run.objects.filter(pk=parent.pk).update(plan={"version": 9})
        run_queued()
    assert child_states() == ["rolled_back", "success"]
    assert parent_run().state == "blocked"
