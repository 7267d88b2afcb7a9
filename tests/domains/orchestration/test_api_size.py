"""The answer about one run of many steps: short unless the changes of the context are asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from domains.base.schema import api_schema
from domains.orchestration.models import Run
from domains.orchestration.start import run_now

pytestmark = pytest.mark.django_db
STEPS = 300


@pytest.fixture
def path() -> str:
    """The address of a run of many steps, each of which adds to a list in the context."""
    run_now("drill", "program", program=[{"name": f"step {number}"} for number in range(STEPS)])
    return f"/api/runs/{Run.objects.get().uuid}/"


def test_a_run_of_many_steps_is_answered_without_what_they_hand_each_other(staff_client: Client, path: str) -> None:
    answer = staff_client.get(path)
    assert len(answer.content) < STEPS * 1000
    steps = answer.json()["steps"]
    assert len(steps) == STEPS
    assert all(step["context_keys"] == ["seen"] for step in steps)
    assert not any("context_changes" in step for step in steps)


def test_it_is_included_where_it_is_asked_for(staff_client: Client, path: str) -> None:
    steps = staff_client.get(f"{path}?include=context&field=steps").json()["steps"]
    (change,) = steps[-1]["context_changes"]
    assert (change["key"], len(change["before"]), len(change["after"])) == ("seen", STEPS - 1, STEPS)


@pytest.mark.parametrize("query", ["include=log", "include=context&include=x", "include="])
def test_what_cannot_be_included_is_a_400_that_names_it(staff_client: Client, path: str, query: str) -> None:
    answer = staff_client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["include"]


def test_the_schema_says_so() -> None:
    schema: Any = api_schema()
    parameters = schema["paths"]["/api/runs/{run_uuid}/"]["get"]["parameters"]
    (include,) = [parameter for parameter in parameters if parameter["name"] == "include"]
    assert include["schema"]["items"]["enum"] == ["context"]
    step = schema["components"]["schemas"]["Step"]
    assert "context_changes" in step["properties"]
    assert "context_changes" not in step["required"]
    assert "context_keys" in step["required"]
