"""Runs whose staging fails: said in plain words at every way in, with the traceback in the log and nothing started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from domains.base.errors import ValidationFailed
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.exceptions import NotPrepared
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Schedule
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.schedules import start_due
from domains.orchestration.start import run_now, start
from tests.domains.orchestration.drill import act

pytestmark = pytest.mark.django_db
WORDS = "A run of broken.go cannot be prepared: staging it failed unexpectedly (KeyError). Nothing was started."


class Deadlock(Exception):
    """What the driver says of a transaction that has lost."""

    sqlstate = "40P01"


def break_down(how: str) -> None:
    """Fail as told."""
    if how == "unforeseen":
        raise KeyError("token=s3cr3t")
    if how == "busy":
        raise OperationalError("deadlock detected") from Deadlock()
    if how == "refused":
        raise ValidationFailed("There is no such application.")


class BrokenOrchestrator(metaclass=BaseOrchestrator):
    """Description: cannot stage anything unless it is told to."""

    startable: ClassVar[Mapping[str, str]] = {"go": "orchestration.add_run"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    def go(self, *, how: str = "unforeseen") -> None:
        """Description: stages nothing, or fails.

        Input: how it fails.
        Output: nothing.
        """
        break_down(how)
        if how == "undeclared":
            self.orchestrator.add_step(act, kwargs={"name": "a"})

    def export(self, **options: Any) -> None:
        """Description: fails in place of the export.

        Input: the export's arguments.
        Output: nothing.
        """
        break_down("unforeseen")


@pytest.fixture(autouse=True)
def broken() -> Iterator[None]:
    """Register the orchestrator of this file."""
    OrchestratorRegistry.register("broken", f"{__name__}.BrokenOrchestrator")
    yield
    OrchestratorRegistry.unregister("broken")


@pytest.fixture
def broken_export() -> Iterator[None]:
    """The export's code is broken."""
    dotted = OrchestratorRegistry._dotted["trace"]
    OrchestratorRegistry.unregister("trace")
    OrchestratorRegistry.register("trace", f"{__name__}.BrokenOrchestrator")
    yield
    OrchestratorRegistry.unregister("trace")
    OrchestratorRegistry.register("trace", dotted)


def ended(how: str = "unforeseen") -> Run:
    """A run of the time when its code was whole."""
    return Run.objects.create(
        orchestrator="broken", method="go", args={"how": how}, state="success", plan={"steps": [], "schema": {}}
    )


def scheduled(name: str, how: str = "unforeseen", **values: Any) -> Schedule:
    """A schedule that is due."""
    due = timezone.now().replace(second=0, microsecond=0)
    place = {"orchestrator": "broken", "method": "go", "args": {"how": how}, "cron": "* * * * *", "next_run": due}
    return Schedule.objects.create(name=name, **{**place, **values})


def stored(row: Schedule) -> dict[str, Any]:
    """The columns of the schedule as they are now."""
    row.refresh_from_db()
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def is_logged(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether the log says once, with the traceback and without the secret, what has happened."""
    assert "s3cr3t" not in caplog.text
    said = [record.getMessage() for record in caplog.records if "'event': 'run_not_prepared'" in record.getMessage()]
    return len(said) == 1 and "in break_down" in said[0]


@pytest.mark.parametrize("starter", [start, run_now])
def test_code_that_starts_it_gets_one_error_with_the_cause(starter: Any, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotPrepared) as caught:
        starter("broken", "go")
    assert caught.value.message.startswith(WORDS)
    assert "Whoever develops Vault can mend this" in caught.value.message
    assert isinstance(caught.value.__cause__, KeyError)
    assert is_logged(caplog)
    assert not Run.objects.exists()


def test_what_the_engine_finds_wrong_with_a_plan_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotPrepared, match="does not declare what act uses: get seen"):
        start("broken", "go", how="undeclared")
    with pytest.raises(NotPrepared, match="There is no orchestrator 'nobody'"):
        start("nobody", "go")
    assert "StagingError" in caplog.text


def test_what_staging_says_to_people_and_a_busy_database_stay_what_they_are() -> None:
    with pytest.raises(ValidationFailed, match="no such application"):
        start("broken", "go", how="refused")
    with pytest.raises(OperationalError):
        start("broken", "go", how="busy")


def test_run_again_on_the_page_says_it(admin_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    run = ended()
    answer = admin_client.post(f"/runs/{run.uuid}/again/")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert WORDS in page
    assert f"request {answer['X-Request-ID']}" in page
    assert "KeyError(" not in page
    assert "Traceback" not in page
    assert is_logged(caplog)
    assert Run.objects.get().state == "success"


def test_run_again_as_json_says_it(admin_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = admin_client.post(f"/api/runs/{ended().uuid}/again/")
    assert (answer.status_code, answer.json()["code"]) == (409, "run_not_prepared")
    assert answer.json()["detail"].startswith(WORDS)
    assert is_logged(caplog)
    assert Run.objects.count() == 1


def test_run_again_in_a_shell_says_it(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    run = ended()
    with pytest.raises(CommandError) as caught:
        call_command("runs", "again", str(run.uuid))
    assert (caught.value.returncode, WORDS in capsys.readouterr().err) == (1, True)
    assert is_logged(caplog)


def test_of_many_runs_those_that_cannot_be_prepared_are_named_and_the_others_run_again(admin_client: Client) -> None:
    runs = [ended(), ended("nothing"), ended(), ended("nothing")]
    chosen = {"_action": "again", "_confirmed": "1", "id": [run.pk for run in runs]}
    page = admin_client.post("/runs/", chosen, follow=True).content.decode()
    assert "Started again: 2." in page
    assert WORDS in page
    assert "Not ended yet" not in page
    assert Run.objects.count() == 6


def test_arguments_that_are_gone_are_named_when_it_is_run_again(admin_client: Client) -> None:
    for args in ({"how": {"$t": "model", "v": ["auth.User", 987]}}, {"how": {"$t": "tensor", "v": 1}}):
        Run.objects.all().delete()
        run = ended()
        Run.objects.update(args=args)
        answer = admin_client.post(f"/api/runs/{run.uuid}/again/")
        assert answer.status_code == 409
        assert "auth.User with the key 987" in answer.json()["detail"] or "“tensor”" in answer.json()["detail"]


def test_a_start_as_json_and_in_a_shell_says_it(admin_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    given = {"orchestrator": "broken", "method": "go"}
    answer = admin_client.post("/api/runs/", given, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["args"])
    assert answer.json()["args"][0].startswith(WORDS)
    assert is_logged(caplog)
    with pytest.raises(CommandError, match="cannot be prepared"):
        call_command("runs", "start", "broken.go")
    assert not Run.objects.exists()


def test_a_button_and_a_command_of_a_domain_say_it(
    broken_export: None, admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = admin_client.post("/trace/exports/", {})
    assert answer.status_code == 409
    assert "A run of trace.export cannot be prepared" in answer.content.decode()
    assert is_logged(caplog)
    answer = admin_client.post("/api/trace/exports/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "run_not_prepared")
    with pytest.raises(CommandError, match=r"A run of trace\.export cannot be prepared"):
        call_command("refresh_trace_data")


def test_a_tick_notes_it_at_the_schedule_and_starts_the_others(caplog: pytest.LogCaptureFixture) -> None:
    Schedule.objects.all().delete()
    bad, good = scheduled("bad"), scheduled("good", "nothing")
    before = stored(bad)
    assert start_due() == 1
    after = stored(bad)
    assert {name for name in before if before[name] != after[name]} == {"next_run", "last_error"}
    assert after["last_error"].startswith(WORDS)
    assert after["next_run"] > before["next_run"]
    assert is_logged(caplog)
    assert Run.objects.get().key.startswith(f"{good.name}@")


def test_a_tick_that_meets_a_busy_database_while_staging_starts_the_schedule_next_time() -> None:
    Schedule.objects.all().delete()
    row = scheduled("busy", "busy")
    assert start_due() == 0
    again = Schedule.objects.get()
    assert (again.next_run, again.last_error) == (row.next_run, "")
    Schedule.objects.update(args={"how": "nothing"})
    assert start_due() == 1


def test_starting_a_schedule_by_hand_says_it_and_changes_nothing(admin_client: Client) -> None:
    row = scheduled("bad")
    before = stored(row)
    answer = admin_client.post(f"/schedules/{row.uuid}/run/")
    assert answer.status_code == 409
    assert WORDS in answer.content.decode()
    answer = admin_client.post(f"/api/schedules/{row.uuid}/run/")
    assert (answer.status_code, answer.json()["code"]) == (409, "run_not_prepared")
    assert stored(row) == before
    assert not Run.objects.exists()


def test_a_schedule_of_it_is_not_saved_and_what_was_typed_stays(admin_client: Client) -> None:
    typed = {"name": "typed", "what": "broken.go", "args": "{}", "cron": "1 2 * * *", "time_zone": "UTC"}
    typed |= {"overlap": "skip", "catch_up": "latest", "queue": "default", "priority": "0"}
    answer = admin_client.post("/schedules/new/", typed)
    assert answer.status_code == 422
    assert "cannot be prepared" in answer.content.decode()
    assert 'value="typed"' in answer.content.decode()
    assert not Schedule.objects.filter(name="typed").exists()
