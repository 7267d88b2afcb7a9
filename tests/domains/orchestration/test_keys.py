"""A key keeps two active runs of one orchestrator apart, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from domains.base.errors import Conflict
from domains.orchestration import orchestrator
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.states import RunState
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.family_drill import ONE, family_registered
from tests.domains.orchestration.steering_drill import steered_registered

KEY = "nightly"
EMPTY: dict[str, Any] = {"plan": {"steps": [], "schema": {}}}
ACTIVE = ("queued", "waiting", "running", "rolling_back")


@pytest.fixture(autouse=True)
def others() -> Iterator[None]:
    """Register two orchestrators beside the drill."""
    with steered_registered(), family_registered():
        yield


def taken_elsewhere() -> Run:
    """An active run of another orchestrator that has the key."""
    return Run.objects.get(uuid=start("steered", "steps", key=KEY, steps=[{"name": "other"}], queue="bulk").uuid)


@pytest.mark.django_db
def test_runs_of_two_orchestrators_may_have_one_key() -> None:
    other = taken_elsewhere()
    first = start("drill", "program", key=KEY, program=ONE)
    again = start("drill", "program", key=KEY, program=[])
    assert (first.created, again.created, again.uuid) == (True, False, first.uuid)
    assert start("steered", "steps", key=KEY, steps=[]).uuid == other.uuid
    assert start("family", "parent", key=KEY, children=[]).created
    assert start("family", "keyed", key=KEY, keys=[]).created is False, "methods of one orchestrator share its keys"


@pytest.mark.django_db
def test_an_active_run_whose_result_is_lost_is_found_all_the_same() -> None:
    info = start("drill", "program", key=KEY, program=[])
    Run.objects.update(state="rolling_back", result={"$t": "model", "v": ["auth.User", 987]})
    again = start("drill", "program", key=KEY, program=[])
    assert (again.uuid, again.created, again.result) == (info.uuid, False, None)


@pytest.mark.django_db
def test_a_run_started_by_hand_with_the_key_of_an_export_holds_no_export_up(admin_client: Client) -> None:
    given = {"orchestrator": "drill", "method": "program", "args": {"program": []}, "key": "trace.export"}
    answer = admin_client.post("/api/runs/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["created"]) == (202, True)
    answer = admin_client.post("/api/runs/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["created"]) == (202, False)
    export = start("trace", "export", key="trace.export")
    assert export.created
    listed = admin_client.get("/api/runs/", {"key": "trace.export", "orchestrator": "trace"}).json()
    assert [run["uuid"] for run in listed] == [export.uuid.hex]
    assert len(admin_client.get("/api/runs/", {"key": "trace.export"}).json()) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize(
    ("state", "deed"),
    [
        ("dead", orchestrator.resume_run),
        ("blocked", orchestrator.cancel_run),
        ("rollback_failed", orchestrator.retry_rollback),
        ("success", orchestrator.run_again),
    ],
)
def test_a_run_goes_on_beside_another_orchestrators_run_of_its_key(state: str, deed: Any, elsewhere: bool) -> None:
    info = start("drill", "program", key=KEY, program=[{"name": "a"}])
    run = Run.objects.get(uuid=info.uuid)
    Run.objects.update(state=state, started=run.created)
    new = taken_elsewhere() if elsewhere else Run.objects.get(uuid=start("drill", "program", key=KEY, program=[]).uuid)
    if elsewhere:
        found = deed(run.uuid)
        assert Run.objects.get(uuid=found.uuid).state == "queued"
        assert found.uuid != new.uuid
    elif deed is orchestrator.run_again:
        assert deed(run.uuid).uuid == new.uuid
    else:
        with pytest.raises(Conflict, match="Another run of this orchestrator with the same key"):
            deed(run.uuid)


@pytest.mark.django_db
def test_a_child_may_have_the_key_of_another_orchestrators_run() -> None:
    taken_elsewhere()
    start("family", "keyed", keys=[KEY], queue="high")
    run_queued(["high"])
    child = Run.objects.get(parent__orchestrator="family")
    assert (child.key, child.state) == (KEY, "queued")


@pytest.mark.django_db
def test_a_child_that_is_undone_keeps_its_key_beside_another_orchestrators_run() -> None:
    start("family", "keyed", keys=[KEY], queue="high")
    run_queued(["high", "bulk"])
    child = Run.objects.get(orchestrator="drill")
    assert child.state == "success"
    taken_elsewhere()
    parent = Run.objects.get(orchestrator="family")
    Run.objects.filter(pk=parent.pk).update(state="queued", direction="back", cursor=1, ended=None)
    run_queued(["high"])
    child.refresh_from_db()
    assert (child.state, child.key) == ("queued", KEY)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ACTIVE)
def test_the_database_itself_refuses_a_second_active_run(state: str) -> None:
    def make(name: str, state: str, key: str = KEY) -> None:
        Run.objects.create(orchestrator=name, method="m", key=key, state=state, **EMPTY)

    for ended in [value for value in RunState.values if value not in ACTIVE]:
        make("one", ended)
    make("one", state)
    make("two", state)
    make("one", state, key="")
    make("one", state, key="")
    with pytest.raises(IntegrityError), transaction.atomic():
        make("one", "queued")


@pytest.fixture
def migrated() -> Iterator[Any]:
    """Call it with the name of a migration of the engine to have the tables of that time; they come back at the end."""
    nodes = MigrationExecutor(connection).loader.graph.leaf_nodes()

    def to(name: str) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate([("orchestration", name)])
        return executor.loader.project_state([("orchestration", name)]).apps.get_model("orchestration", "Run")

    yield to
    MigrationExecutor(connection).migrate(nodes)


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_keeps_every_run_and_lets_orchestrators_have_the_same_key(migrated: Any) -> None:
    old = migrated("0003_worker_processes")
    for number, state in enumerate(RunState.values):
        for key in (f"k{number}", "", f"k{number}"):
            with suppress(IntegrityError), transaction.atomic():
                old.objects.create(orchestrator="one", method="m", key=key, state=state, **EMPTY)
    before = list(old.objects.order_by("id").values())
    assert len(before) == 3 * len(RunState.values) - len(ACTIVE)
    with pytest.raises(IntegrityError), transaction.atomic():
        old.objects.create(orchestrator="two", method="m", key="k0", state="queued", **EMPTY)
    new = migrated("0004_keys")
    assert list(new.objects.order_by("id").values()) == before
    other = new.objects.create(orchestrator="two", method="m", key="k0", state="queued", **EMPTY)
    with pytest.raises(IntegrityError), transaction.atomic():
        new.objects.create(orchestrator="one", method="m", key="k0", state="queued", **EMPTY)
    with pytest.raises(IntegrityError):
        migrated("0003_worker_processes")
    assert new.objects.count() == len(before) + 1, "what does not fit the older rule stops the way back, and stays"
    other.delete()
    assert list(migrated("0003_worker_processes").objects.order_by("id").values()) == before
