"""Who may start what: orchestrators list it, each method with its permission, and nothing else starts from outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from domains.base.ambient import ambient
from domains.base.errors import PermissionDenied, ValidationFailed
from domains.extensions import registry as extensions
from domains.orchestration import orchestrator, reads
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.calls import check_call, startable
from domains.orchestration.exceptions import NotPrepared
from domains.orchestration.models import Run, Schedule
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.schedules import start_due
from domains.orchestration.start import run_now, start
from domains.permissions.actors import actor_of
from tests.domains.orchestration.test_api import allow, post

pytestmark = pytest.mark.django_db
DAILY = {"cron": "0 3 * * *", "args": {}}
EXPORT = {"name": "export", "orchestrator": "trace", "method": "export", **DAILY}
PREFER = {"name": "prefer", "orchestrator": "identity", "method": "save_preferences", "cron": "0 3 * * *"}


@pytest.fixture
def acting(staff: User) -> Iterator[User]:
    """The member of staff is the one who acts."""
    with ambient(**actor_of(staff)):
        yield staff


def permit(user: User, *names: str) -> None:
    for name in names:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))


def prefer(user: User) -> dict[str, Any]:
    return {"user_id": user.pk, "theme": "dark"}


def this_minute() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


def scheduled(**values: Any) -> Schedule:
    """A schedule as it was stored before anybody asked who may."""
    return Schedule.objects.create(**values, next_run=this_minute())


def test_every_permission_that_is_listed_is_one_that_can_be_given() -> None:
    for name in OrchestratorRegistry.names():
        for needed in startable(name).values():
            app, codename = needed.split(".")
            assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists(), needed


def test_every_schedule_of_an_extension_can_be_started_by_hand() -> None:
    for spec in extensions.schedules():
        check_call(spec.orchestrator, spec.method, dict(spec.args))


@pytest.mark.parametrize("listed", [{"nothing": "a.b"}, {"_hidden": "a.b"}, {"go": "no permission"}])
def test_a_class_that_lists_what_is_no_method_or_no_permission_is_refused(listed: dict[str, str]) -> None:
    def go(self: Any) -> None:
        """Description: x.

        Input: x.
        Output: x.
        """

    with pytest.raises(TypeError, match="startable"):
        BaseOrchestrator("Wrong", (), {"__doc__": "Description: x.", "go": go, "_hidden": go, "startable": listed})


def test_what_is_not_listed_is_started_by_nobody_from_outside(admin: User, admin_client: Client, staff: User) -> None:
    given = {"orchestrator": "identity", "method": "save_preferences", "args": prefer(staff)}
    answer = post(admin_client, given)
    assert (answer.status_code, list(answer.json())) == (400, ["method"])
    assert "by Vault itself" in answer.json()["method"][0]
    with pytest.raises(CommandError, match="by Vault itself"):
        call_command("runs", "start", "identity.save_preferences", f"user_id={staff.pk}", "theme=dark")
    with ambient(**actor_of(admin)), pytest.raises(ValidationFailed, match="by Vault itself"):
        orchestrator.create_schedule(**PREFER, args=prefer(staff))
    assert not Run.objects.exists()
    assert run_now("identity", "save_preferences", **prefer(staff)).state == "success"


def test_starting_as_json_takes_the_permission_of_what_is_started_too(staff: User, staff_client: Client) -> None:
    given = {"orchestrator": "trace", "method": "export"}
    allow(staff, "add_run")
    answer = post(staff_client, given)
    assert (answer.status_code, answer.json()["permission"]) == (403, "trace.export_trace")
    assert not Run.objects.exists()
    permit(staff, "trace.export_trace")
    assert post(staff_client, given).status_code == 202


def test_a_schedule_is_made_changed_started_and_let_go_on_by_those_who_may_start_what_it_starts(acting: User) -> None:
    with pytest.raises(PermissionDenied, match=r"trace\.export_trace"):
        orchestrator.create_schedule(**EXPORT)
    schedule = scheduled(**EXPORT)
    for forbidden in (
        lambda: orchestrator.update_schedule(schedule.uuid, cron="* * * * *"),
        lambda: orchestrator.run_schedule(schedule.uuid),
    ):
        with pytest.raises(PermissionDenied, match=r"trace\.export_trace"):
            forbidden()
    assert orchestrator.pause_schedule(schedule.uuid, paused=True).paused
    with pytest.raises(PermissionDenied):
        orchestrator.pause_schedule(schedule.uuid, paused=False)
    permit(acting, "trace.export_trace")
    assert not orchestrator.pause_schedule(schedule.uuid, paused=False).paused
    assert orchestrator.update_schedule(schedule.uuid, cron="0 4 * * *").cron == "0 4 * * *"
    assert orchestrator.run_schedule(schedule.uuid).created


def test_a_schedule_is_not_turned_into_what_its_editor_may_not_start(acting: User) -> None:
    permit(acting, "trace.export_trace")
    schedule = orchestrator.create_schedule(**EXPORT)
    with pytest.raises(PermissionDenied, match=r"applications\.change_application"):
        orchestrator.update_schedule(
            schedule.uuid, orchestrator="applications", method="deactivate", args={"app": "skyflow"}
        )
    schedule.refresh_from_db()
    assert (schedule.orchestrator, schedule.args) == ("trace", {})


def test_a_stored_schedule_of_what_is_not_listed_starts_nothing_but_an_extensions_does(staff: User) -> None:
    schedule = scheduled(**PREFER | {"cron": "* * * * *"}, args=prefer(staff))
    assert start_due() == 0
    schedule.refresh_from_db()
    assert "by Vault itself" in schedule.last_error
    assert orchestrator.pause_schedule(schedule.uuid, paused=True).paused
    Schedule.objects.update(built_in=True, paused=False, next_run=this_minute())
    Schedule.objects.exclude(pk=schedule.pk).delete()
    assert start_due() == 1


def test_a_schedule_whose_orchestrator_is_gone_can_still_be_paused() -> None:
    schedule = scheduled(name="old", orchestrator="gone", method="by", **DAILY)
    assert orchestrator.pause_schedule(schedule.uuid, paused=True).paused
    with pytest.raises(ValidationFailed):
        orchestrator.pause_schedule(schedule.uuid, paused=False)


def test_a_run_is_repeated_by_those_who_may_start_it(staff: User, staff_client: Client, admin_client: Client) -> None:
    allow(staff, "retry_run")
    listed = Run.objects.get(uuid=start("trace", "export").uuid)
    private = Run.objects.get(uuid=start("identity", "save_preferences", **prefer(staff)).uuid)
    Run.objects.update(state="success")
    for run in (listed, private):
        assert staff_client.post(f"/api/runs/{run.uuid}/again/").status_code == 403
        assert 'id="again"' not in staff_client.get(f"/runs/{run.uuid}/").content.decode()
    chosen = {"_action": "again", "_confirmed": "1", "id": [listed.pk, private.pk]}
    said = staff_client.post("/runs/", chosen, follow=True).content.decode()
    assert "you may not start them: 2" in said
    assert Run.objects.count() == 2
    permit(staff, "trace.export_trace")
    assert 'id="again"' in staff_client.get(f"/runs/{listed.uuid}/").content.decode()
    assert staff_client.post(f"/api/runs/{listed.uuid}/again/").status_code == 202
    assert staff_client.post(f"/api/runs/{private.uuid}/again/").status_code == 403
    assert admin_client.post(f"/api/runs/{private.uuid}/again/").status_code == 202


def test_a_run_that_the_code_of_today_cannot_stage_is_a_conflict_not_a_fault() -> None:
    gone = Run.objects.create(orchestrator="gone", method="by", state="success", plan={"steps": [], "schema": {}})
    changed = Run.objects.create(orchestrator="trace", method="export", state="success", plan=gone.plan, args={"x": 1})
    for run in (gone, changed):
        with pytest.raises(NotPrepared, match="cannot be prepared"):
            orchestrator.run_again(run.uuid)


def test_nobody_known_and_somebody_deleted_start_nothing(staff: User) -> None:
    schedule = scheduled(**EXPORT)
    for who in ({"actor_id": None, "actor_name": "anonymous"}, {"actor_id": 10**6, "actor_name": "gone"}):
        with ambient(**who), pytest.raises(Exception, match="sign in"):
            orchestrator.run_schedule(schedule.uuid)
    with ambient(**actor_of(staff)), pytest.raises(PermissionDenied):
        orchestrator.run_schedule(schedule.uuid)


def test_the_form_offers_what_its_reader_may_start(staff: User, staff_client: Client, admin: User) -> None:
    assert [found.name for found in reads.startables(staff)] == []
    permit(staff, "orchestration.add_schedule", "trace.export_trace")
    page = staff_client.get("/schedules/new/").content.decode()
    assert "trace.export" in page
    assert "applications." not in page
    assert "identity." not in page
    assert "applications.activate" in [found.name for found in reads.startables(admin)]


def test_a_schedule_that_its_editor_may_not_start_is_shown_with_what_it_starts_and_refused(
    staff: User, staff_client: Client
) -> None:
    permit(staff, "orchestration.change_schedule")
    schedule = scheduled(**EXPORT)
    page = staff_client.get(f"/schedules/{schedule.uuid}/edit/").content.decode()
    assert '<option value="trace.export" selected>' in page
    typed = {"name": "renamed", "what": "trace.export", "args": "{}", "cron": "1 2 * * *", "time_zone": "UTC"}
    typed |= {"overlap": "skip", "catch_up": "latest", "queue": "default", "priority": "0"}
    answer = staff_client.post(f"/schedules/{schedule.uuid}/edit/", typed)
    assert answer.status_code == 422
    assert "trace.export_trace" in answer.content.decode()
    assert 'value="renamed"' in answer.content.decode()


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (5, "failed unexpectedly"),
        ([5], "failed unexpectedly"),
        (nested(20), "failed unexpectedly"),
        (nested(40), "nested too deeply"),
        (nested(800), "nested too deeply"),
        ("x" * 70_000, "longer than 64 KB"),
        ([{"$t": "model", "v": ["auth.user", 1]}], "cannot be stored"),
        ([{"$t": "secret", "v": "x"}], "cannot be stored"),
    ],
)
def test_arguments_that_cannot_be_staged_are_a_400_whatever_staging_makes_of_them(
    admin_client: Client, program: Any, words: str
) -> None:
    answer = post(admin_client, {"orchestrator": "drill", "method": "program", "args": {"program": program}})
    assert (answer.status_code, list(answer.json())) == (400, ["args"])
    assert words in answer.json()["args"][0]
    values = {"name": "n", "orchestrator": "drill", "method": "program", "cron": "0 3 * * *"}
    with pytest.raises(ValidationFailed, match=words):
        orchestrator.create_schedule(**values, args={"program": program})
    assert not Run.objects.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_moments_at_the_edge_of_time_are_a_400(staff_client: Client, name: str, moment: str) -> None:
    answer = staff_client.get("/api/runs/", {name: moment})
    assert (answer.status_code, list(answer.json())) == (400, [name])
